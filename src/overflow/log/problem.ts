import { errnoOf } from '../../kit/errno.ts'
import { readFully, writeFully, type LogFile, type LogFiles } from './files.ts'

/** Something of a log that is not as it was written. Told once, and never the end of it: what is whole goes on. */
export interface LogProblem {
  /**
   * `torn`: the last bytes were no whole frame, as a crash leaves them, and were cut off. `damaged`: bytes with whole
   * frames behind them, or with numbers that are known. `missing`: numbers of which there is nothing. `head`: what was
   * dropped isn't known any more, or what of an overflow was settled.
   */
  readonly kind: 'torn' | 'damaged' | 'missing' | 'head'
  readonly path: string
  readonly offset: number
  readonly bytes: number
  /** Numbers that are lost with it, from one on up to another; none of a torn tail is known. */
  readonly from: number
  readonly to: number
  /** Where the bytes were copied to before anything is done to the segment. */
  readonly keptAs: string | undefined
}

/** Tells each problem once, however often it is met. */
export function once(report: (problem: LogProblem) => void): (problem: LogProblem) => void {
  const told = new Set<string>()
  return (problem) => {
    const { kind, path, offset, from } = problem
    const name = `${kind} ${path} ${offset} ${from}`
    if (told.has(name)) return
    told.add(name)
    report(problem)
  }
}

const COPIED_AT_ONCE = 1024 ** 2

/** Copies bad bytes into a file beside their segment. @returns its path; undefined where that fails, as on a full disk. */
export async function setAside(
  files: LogFiles,
  file: LogFile,
  bad: { readonly path: string; readonly offset: number; readonly bytes: number },
): Promise<string | undefined> {
  const path = `${bad.path}.${bad.offset}.damaged`
  let copy: LogFile | undefined
  try {
    copy = await files.create(path)
    for (let done = 0; done < bad.bytes; done += COPIED_AT_ONCE) {
      const length = Math.min(COPIED_AT_ONCE, bad.bytes - done)
      await writeFully(copy, [await readFully(file, bad.offset + done, length)], done)
    }
    await copy.datasync()
    return path
  } catch (error) {
    return errnoOf(error) === 'EEXIST' ? path : undefined
  } finally {
    await copy?.close().catch(() => undefined)
  }
}
