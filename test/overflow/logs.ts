import { SegmentedLog, type LogOptions } from '../../src/overflow/log/log.ts'
import type { SimulatedDisk } from '../support/simulated-disk.ts'

export const FOLDER = '/log'
export const LIMIT = 32_768

export function openLog(disk: SimulatedDisk, options: Partial<LogOptions> = {}): Promise<SegmentedLog> {
  return SegmentedLog.open({ folder: FOLDER, limit: LIMIT, files: disk.files, ...options })
}

export const frame = (text: string, count = 1) => ({ payload: Buffer.from(text), count })

export async function contentOf(log: SegmentedLog, from?: number): Promise<string[]> {
  const content: string[] = []
  for await (const { frames } of log.read(from)) {
    for (const { number, payload } of frames) content.push(`${number} ${payload.toString().trimEnd()}`)
  }
  return content
}

/** A log with this many frames of a kilobyte, four to a segment but for what came while the first was written. */
export async function filled(
  disk: SimulatedDisk,
  count: number,
  options: Partial<LogOptions> = {},
): Promise<SegmentedLog> {
  const log = await openLog(disk, options)
  for (let number = 1; number <= count; number++) await log.append([frame(String(number).padEnd(1000))])
  return log
}

export const numbered = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, at) => `${from + at} ${from + at}`)
