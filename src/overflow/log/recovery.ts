import { join } from 'node:path'
import { overflowError } from '../errors.ts'
import { DamagedCopies, sizeOf } from './damaged-copies.ts'
import type { LogFile, LogFiles } from './files.ts'
import { readFrames, type BadBytes } from './frame-reader.ts'
import { Head } from './head.ts'
import type { LogProblem } from './problem.ts'
import { parseSegmentName, Segment, type SegmentName } from './segment.ts'

/** What a folder holds of a log. */
export interface Recovered {
  readonly head: Head
  /** In order, without the one that is written to. */
  readonly segments: Segment[]
  /** The last one, where more can be written to it. */
  readonly active: { readonly segment: Segment; readonly file: LogFile } | undefined
  /** The number of the next frame. */
  readonly next: number
  readonly sequence: number
  readonly copies: DamagedCopies
}

export interface Place {
  readonly files: LogFiles
  readonly folder: string
  /** Of copies of damaged bytes. */
  readonly mostCopied: number
  report(problem: LogProblem): void
}

/** Finds out where a log ends. Only its last segment is read; files of segments that were dropped are removed. */
export async function recover(place: Place): Promise<Recovered> {
  const { files, folder } = place
  await files.makeFolder(folder)
  // A file that a killed process has just made may be gone with the power: nothing may be appended to it yet.
  await files.syncFolder(folder)
  const all = await files.list(folder)
  const names = segmentNames(all, folder)
  const copies = new DamagedCopies(files, place.mostCopied, place.report)
  await copies.find(folder, all)
  const head = new Head(files, folder)
  try {
    return await recoverBehind(head, { ...place, copies }, names)
  } catch (error) {
    await head.close()
    throw error
  }
}

async function recoverBehind(head: Head, place: Opening, names: readonly SegmentName[]): Promise<Recovered> {
  const { files, folder, copies } = place
  if (await head.open(folder)) place.report({ ...NOTHING, kind: 'head', path: join(folder, 'head') })
  const [kept, gone] = divide(names, head)
  for (const name of gone) await files.remove(new Segment(folder, name, { until: 0, end: 0 }).path)

  const segments: Segment[] = []
  for (const [index, name] of kept.entries()) {
    const until = Math.min(kept[index + 1]?.first ?? Infinity, head.firstDroppedFrom(name.first))
    const segment = new Segment(folder, name, { until, end: 0 })
    segment.end = await sizeOf(files, segment.path)
    segments.push(segment)
  }
  const sequence = Math.max(head.sequence, names.at(-1)?.sequence ?? 0)
  const last = segments.at(-1)
  // Where a segment behind it was dropped, it has been left for good.
  if (last === undefined || last.until !== Infinity) {
    return { head, segments, active: undefined, next: Math.max(head.end, last?.until ?? 1), sequence, copies }
  }
  segments.pop()
  const active = { segment: last, file: await openLast(place, last) }
  return { head, segments, active, next: last.until, sequence, copies }
}

const NOTHING = { offset: 0, bytes: 0, from: 0, to: 0, keptAs: undefined } as const

function segmentNames(names: readonly string[], folder: string): SegmentName[] {
  const parsed = names.flatMap((name) => parseSegmentName(name) ?? [])
  if (parsed.some(({ isNewer }) => isNewer)) {
    throw overflowError(
      'SLUICE_LOG_NEWER',
      `"${folder}" was written by a newer Sluice, in a form that is not known here`,
    )
  }
  return parsed.toSorted((a, b) => a.sequence - b.sequence)
}

/** What is still wanted, and what is not: dropped, or written again in the segment behind it from its first number on. */
function divide(names: readonly SegmentName[], head: Head): [kept: SegmentName[], gone: SegmentName[]] {
  const isGone = ({ first }: SegmentName, index: number): boolean =>
    head.isDropped(first) || names[index + 1]?.first === first
  return [names.filter((name, index) => !isGone(name, index)), names.filter(isGone)]
}

interface Opening extends Place {
  readonly copies: DamagedCopies
}

/** Reads the last segment to its end, cuts a torn tail off, and lets the disk confirm what is there. */
async function openLast({ files, copies, report }: Opening, segment: Segment): Promise<LogFile> {
  const file = await files.open(segment.path)
  try {
    segment.until = segment.first
    const whole = { salt: segment.salt, from: 0, to: segment.end, next: segment.first, until: Infinity }
    for await (const { frames, bad } of readFrames(file, whole)) {
      for (const frame of frames) segment.add(frame)
      if (bad !== undefined) await tell({ copies, file, segment, report }, bad)
    }
    // What a process that was killed has written may not have been confirmed yet.
    await file.datasync()
    return file
  } catch (error) {
    await file.close().catch(() => undefined)
    throw error
  }
}

async function tell(
  { copies, file, segment, report }: Pick<Opening, 'copies' | 'report'> & { file: LogFile; segment: Segment },
  { offset, bytes, from, to }: BadBytes,
): Promise<void> {
  const { path } = segment
  if (to === undefined) {
    await file.truncate(offset)
    segment.end = offset
    report({ kind: 'torn', path, offset, bytes, from, to: from, keptAs: undefined })
    return
  }
  segment.until = to
  const keptAs = await copies.keep(file, { path, offset, bytes })
  report({ kind: 'damaged', path, offset, bytes, from, to, keptAs })
}
