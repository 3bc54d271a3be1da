import { parse } from 'node:path'

/** Long, so that nobody else calls files so: what a killed process left under such a name is removed. */
const PART = '.sluice-part'

/** What `rotatedName` made. */
export interface RotatedName {
  readonly name: string
  /** UTC, as `20261122T135253Z`: the order of texts is that of times. */
  readonly time: string
  /** Which one of that second. */
  readonly number: number
  readonly isCompressed: boolean
}

/** Bytes by which the name of a rotated file that is being compressed is longer than that of its live file. */
export const LONGEST_ADDITION = '-20261122T135253Z-123456789.gz'.length + partName('').length

/** `x-<time>-<number>.ndjson` for `x.ndjson`. */
export function rotatedName(live: string, date: number, number: number): string {
  const { name, ext } = parse(live)
  return `${name}-${timeOf(date)}-${number}${ext}`
}

export function compressedName(name: string): string {
  return `${name}.gz`
}

/** What it was called before it was compressed. */
export function plainNameOf({ name, isCompressed }: RotatedName): string {
  return isCompressed ? name.slice(0, -'.gz'.length) : name
}

/** What is hidden until it is complete: a file that is being written, or compressed. */
export function partName(name: string): string {
  return `.${name}${PART}`
}

/** The name of what a hidden file is to become; undefined for any other file. */
export function nameOfPart(name: string): string | undefined {
  return name.length > partName('').length && name.startsWith('.') && name.endsWith(PART)
    ? name.slice(1, -PART.length)
    : undefined
}

/** Reads the name of a file that was rotated away from `live`; undefined for any other name. */
export function readRotatedName(live: string, name: string): RotatedName | undefined {
  const { name: stem, ext } = parse(live)
  if (!name.startsWith(`${stem}-`)) return undefined
  const [, time, number, ending] = /^(\d{8}T\d{6}Z)-(\d{1,9})(.*)$/s.exec(name.slice(stem.length + 1)) ?? []
  if (time === undefined || (ending !== ext && ending !== compressedName(ext))) return undefined
  return { name, time, number: Number(number), isCompressed: ending !== ext }
}

/** Whether a file may have been rotated away from some live file, whatever that is called. */
export function isRotatedName(name: string): boolean {
  return /-\d{8}T\d{6}Z-\d{1,9}(?:\.[^.]*)?(?:\.gz)?$/.test(name)
}

function timeOf(date: number): string {
  return new Date(date).toISOString().replace(/[-:]|\.\d+/g, '')
}
