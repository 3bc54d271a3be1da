import type { Path } from './wording.ts'

/** From one offset to another in the text of a file, in UTF-16 units from 0; the end is exclusive. */
export type OffsetRange = readonly [start: number, end: number]

/** What a file or a program says, with the place of every key and value. Nothing of it is changed once it is made. */
export type Value = MapValue | ListValue | ScalarValue

export interface MapValue {
  readonly kind: 'map'
  readonly range: OffsetRange
  /** Written as `{ … }`. */
  readonly isFlow: boolean
  readonly entries: ReadonlyMap<string, Entry>
  /** The object of a program that this describes. */
  readonly given?: object
}

export interface Entry {
  readonly keyRange: OffsetRange
  readonly value: Value
}

export interface ListValue {
  readonly kind: 'list'
  readonly range: OffsetRange
  /** Written as `[ … ]`. */
  readonly isFlow: boolean
  readonly items: readonly Value[]
  /** The array of a program that this describes. */
  readonly given?: object
}

export interface ScalarValue {
  readonly kind: 'scalar'
  /** Empty where nothing is written. */
  readonly range: OffsetRange
  /** Out of a file a string, a number, a boolean or null; out of a program anything, as a function or an iterable. */
  readonly value: unknown
  readonly style: 'plain' | 'single-quoted' | 'double-quoted' | 'block' | 'given'
  /** Where the value isn't what is written. */
  readonly filled?: Filled
}

/** What became of a text with `${VAR}` in it. */
export interface Filled {
  /** The text as it is written, after YAML and before variables. */
  readonly raw: string
  /** False where only `$${` stood for `${`. */
  readonly hasVariables: boolean
  /** Whether the text is one `${…}` and nothing else. */
  readonly isWhole: boolean
}

export interface Found {
  readonly value: Value
  /** Of the key that leads here; undefined for items of a list and for the top. */
  readonly keyRange: OffsetRange | undefined
}

/** What stands at a path; undefined where the path leads nowhere. */
export function valueAt(root: Value, path: Path): Found | undefined {
  let found: Found | undefined = { value: root, keyRange: undefined }
  for (const step of path) {
    found = childOf(found.value, step)
    if (found === undefined) return undefined
  }
  return found
}

/** The key that leads to a path, or to the nearest thing above it that exists and has a key. */
export function keyRangeAt(root: Value, path: Path): OffsetRange {
  for (let length = path.length; length > 0; length--) {
    const range = valueAt(root, path.slice(0, length))?.keyRange
    if (range !== undefined) return range
  }
  return [root.range[0], root.range[0] + 1]
}

/**
 * Where to show what is wrong with the value at a path: the value itself; its key where the value is empty, or a block
 * of lines whose first would mislead; the nearest thing above where nothing stands at the path.
 */
export function valueRangeAt(root: Value, path: Path): OffsetRange {
  const value = valueAt(root, path)?.value
  return value !== undefined && isCompact(value) ? value.range : keyRangeAt(root, path)
}

/** The path of what an offset of the text is in, as deep as it goes. */
export function pathAt(root: Value, offset: number): Path {
  const path: (string | number)[] = []
  for (let found: Found | undefined = { value: root, keyRange: undefined }; ;) {
    const step = stepAt(found.value, offset)
    if (step === undefined) return path
    path.push(step)
    found = childOf(found.value, step)
    if (found === undefined) return path
  }
}

/** The values as JavaScript has them, in plain objects and arrays, those of a program themselves; with others for some scalars. */
export function plainOf(value: Value, others?: ReadonlyMap<ScalarValue, unknown>): unknown {
  if (value.kind === 'scalar') return others?.has(value) ? others.get(value) : value.value
  if (value.given !== undefined) return value.given
  if (value.kind === 'list') return value.items.map((item) => plainOf(item, others))
  return Object.fromEntries([...value.entries].map(([key, entry]) => [key, plainOf(entry.value, others)]))
}

/** The value as a message may show it: what a variable holds may be a secret, so the variable itself. */
export function shownText(scalar: ScalarValue): string {
  return scalar.filled === undefined ? String(scalar.value) : scalar.filled.raw
}

/** Whether anything in a value isn't what is written. */
export function hasFilled(value: Value): boolean {
  if (value.kind === 'scalar') return value.filled !== undefined
  if (value.given !== undefined) return false
  return value.kind === 'list'
    ? value.items.some(hasFilled)
    : [...value.entries.values()].some((entry) => hasFilled(entry.value))
}

/** A map without entries, where nothing is written that could have been one. */
export function emptyMapAt({ range }: Value): MapValue {
  return { kind: 'map', range, isFlow: false, entries: new Map() }
}

/** The same tree with other scalars. */
export function mapScalars<V extends Value>(root: V, change: (scalar: ScalarValue, path: Path) => ScalarValue): V {
  const walk = (value: Value, path: Path): Value => {
    if (value.kind === 'scalar') return change(value, path)
    if (value.kind === 'list')
      return { ...value, items: value.items.map((item, index) => walk(item, [...path, index])) }
    const entries = [...value.entries].map(
      ([key, entry]) => [key, { ...entry, value: walk(entry.value, [...path, key]) }] as const,
    )
    return { ...value, entries: new Map(entries) }
  }
  return walk(root, []) as V // A map becomes a map, a list a list.
}

function childOf(value: Value, step: string | number): Found | undefined {
  if (value.kind === 'map') return value.entries.get(String(step))
  if (value.kind === 'scalar' || typeof step !== 'number') return undefined
  const item = value.items[step]
  return item && { value: item, keyRange: undefined }
}

function stepAt(value: Value, offset: number): string | number | undefined {
  if (value.kind === 'map') {
    return [...value.entries].findLast(([, { keyRange }]) => keyRange[0] <= offset)?.[0]
  }
  if (value.kind === 'scalar') return undefined
  const index = value.items.findLastIndex(({ range }) => range[0] <= offset)
  return index < 0 ? undefined : index
}

function isCompact(value: Value): boolean {
  if (value.kind === 'scalar') return value.range[1] > value.range[0] && value.style !== 'block'
  return value.isFlow
}

/** One character of a double-quoted text as it is written: an escape, or itself. */
const ESCAPED = /\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[^])|[^]/y
const SINGLE_QUOTED = /''|[^]/y
const PLAIN = /[^]/y

/** Characters that are passed one by one to find a place; what is farther in is shown as a whole. */
const FARTHEST = 10_000

/**
 * Where in the file a character of a text is that YAML read: known for plain and quoted texts on one line, whose
 * escapes are counted, and not far in; undefined for the others.
 */
export function sourceOffset(scalar: ScalarValue, fileText: string, offset: number): number | undefined {
  const { style, range } = scalar
  const [start, end] = range
  if (style === 'block' || style === 'given' || offset > FARTHEST || fileText.slice(start, end).includes('\n'))
    return undefined
  if (style === 'plain') return skip(fileText, start, { written: PLAIN, count: offset })
  return skip(fileText, start + 1, { written: style === 'single-quoted' ? SINGLE_QUOTED : ESCAPED, count: offset })
}

/** Passes so many characters of the value, as each is written. */
function skip(text: string, start: number, { written, count }: { written: RegExp; count: number }): number {
  let offset = start
  for (let left = count; left > 0; left--) {
    written.lastIndex = offset
    const [character = ''] = written.exec(text) ?? []
    // Two UTF-16 units of the value.
    if (character.startsWith('\\U') && Number.parseInt(character.slice(2), 16) > 0xffff) left--
    offset += character.length
  }
  return offset
}
