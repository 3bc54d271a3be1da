import type { NodeContext } from '../../core/component.ts'
import type { SluiceError } from '../../core/errors.ts'
import { componentError } from '../component-errors.ts'
import { errnoOf } from '../errno.ts'
import { INPUT_FAULTS } from '../input-faults.ts'
import { pathError, type Problem } from './paths.ts'
import type { SourceFile } from './source-file.ts'
import { quotePath } from './record-faults.ts'
import { READING_ERRORS } from './errors.ts'

/** Tells of paths that can't be read: once when it begins, and once when it is over. */
export class Troubles {
  readonly #context: Pick<NodeContext, 'node' | 'log' | 'metrics'>
  readonly #isOnce: boolean
  /** What was told of each path last. */
  readonly #told = new Map<string, string>()

  /** @param isOnce whether nobody looks again: then what can't be read is a fault of the input. */
  constructor(context: Pick<NodeContext, 'node' | 'log' | 'metrics'>, isOnce: boolean) {
    this.#context = context
    this.#isOnce = isOnce
  }

  /** What is wrong with paths at a look; of those that aren't named here nothing is wrong any more. */
  looked(problems: readonly Problem[]): void {
    const { node, log } = this.#context
    const now = new Set(problems.map(({ path }) => path))
    for (const [path, code] of this.#told) {
      if (now.has(path)) continue
      this.#told.delete(path)
      log.info(`${quotePath(path)} ${code === 'SLUICE_FILE_MISSING' ? 'is there now' : 'can be read now'}`, {
        node,
        path,
      })
    }
    for (const { path, error } of problems) this.#tell(path, error)
  }

  /** Tells of a file whose content can't be read. @returns whether that is what it was packed to. */
  broken(file: SourceFile): boolean {
    const { node, log, metrics } = this.#context
    const { path, isPacked } = file.mark
    const { error: cause } = file.trouble!
    file.trouble!.isTold = true
    const isBroken = isPacked && errnoOf(cause)?.startsWith('Z_') === true
    const error = isBroken ? gzipError(file, cause) : pathError(path, cause)
    metrics.add(isBroken ? INPUT_FAULTS : 'unreadable_files')
    log.warn(error.message, { node, path, ...hintOf(error) })
    return isBroken
  }

  #tell(path: string, error: SluiceError): void {
    if (this.#told.get(path) === error.code) return
    const { node, log, metrics } = this.#context
    this.#told.set(path, error.code)
    if (error.code === 'SLUICE_FILE_MISSING' && !this.#isOnce) {
      log.info(`${error.message} yet: it is waited for`, { node, path })
      return
    }
    metrics.add(this.#isOnce ? INPUT_FAULTS : 'unreadable_files')
    log.warn(error.message, { node, path, ...hintOf(error) })
  }
}

function hintOf({ code }: SluiceError): { code: string; hint: string | undefined } {
  return { code, hint: (READING_ERRORS as Readonly<Record<string, { hint: string }>>)[code]?.hint }
}

function gzipError({ mark, outstanding }: SourceFile, cause: unknown): SluiceError {
  const what = `${quotePath(mark.path)} is packed by gzip, and damaged or cut off behind its unpacked byte`
  return componentError('SLUICE_FILE_GZIP_BROKEN', `${what} ${outstanding.passed} (${errnoOf(cause)})`, cause)
}
