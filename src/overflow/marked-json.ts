import { scanJson } from '../kit/json-scan.ts'

/**
 * JSON that keeps a little more: `{"$bytes":"<base64>"}` is a `Uint8Array`, `{"$date":0}` a `Date`, `{"$bigint":"1"}` a
 * bigint, `{"$map":[[key,value]]}` a `Map`, `{"$set":[value]}` a `Set`, `{"$number":"NaN"}` a number that JSON hasn't. A
 * key of the data that begins with `$` gets a second one.
 *
 * What is not kept: what is undefined or a function is left out (null in a list), symbols too; an object of a class
 * becomes a plain one of its own fields, or what its `toJSON` gives; a `Buffer` becomes a `Uint8Array`.
 */
const MARKS: Readonly<Record<string, (value: never) => unknown>> = {
  // `String`, because of an object with a length as much room would be taken.
  $bytes: bytesIn,
  $date: (ms: number | null) => new Date(ms ?? Number.NaN),
  $bigint: (text: string) => BigInt(text),
  $map: (entries: [unknown, unknown][]) => new Map(entries),
  $set: (values: unknown[]) => new Set(values),
  $number: (text: string) => Number(text),
}

/** @throws TypeError of anything but a text: an object with a length would take as much room. */
function bytesIn(text: unknown): Uint8Array {
  if (typeof text !== 'string') throw new TypeError('`$bytes` is a text in base64')
  return new Uint8Array(Buffer.from(text, 'base64'))
}

/** Tells what stands for a value that JSON hasn't, whose key has one `$`, from data. */
const MARKED = Symbol('marked')

/** Levels of data that is stored; whoever stores it with its story, or tells of it, adds some. */
export const DEEPEST_DATA = 1000
/** To read it takes more of the stack than to write it: what is nested deeper could be written, and never be read. */
const DEEPEST = 2 * DEEPEST_DATA

/**
 * @param deepest levels that it may have, those of marks included.
 * @throws TypeError or RangeError where it contains itself, or is nested too deeply.
 */
export function writeMarkedJson(value: unknown, deepest = DEEPEST): string | undefined {
  const text = JSON.stringify(value, withMarks) as string | undefined
  // Each level takes two characters at least.
  if (text !== undefined && text.length > 2 * deepest && scanJson(text, deepest).tooDeepAt !== undefined)
    throw new RangeError(`it is nested deeper than ${deepest} levels`)
  return text
}

/** @throws SyntaxError */
export function readMarkedJson(text: string): unknown {
  return JSON.parse(text, withoutMarks)
}

function withMarks(this: unknown, key: string, given: unknown): unknown {
  // `toJSON` of dates and buffers has had its say already; the holder still has the value itself.
  const value = (this as Readonly<Record<string, unknown>>)[key]
  if (value instanceof Uint8Array) return marked('$bytes', Buffer.from(value).toString('base64'))
  if (value instanceof Date) return marked('$date', value.getTime())
  if (typeof value === 'bigint') return marked('$bigint', String(value))
  if (typeof value === 'number' && !Number.isFinite(value)) return marked('$number', String(value))
  if (value instanceof Map) return marked('$map', [...value])
  if (value instanceof Set) return marked('$set', [...value])
  return isPlain(given) && Object.keys(given).some(isMarkLike) ? renamed(given, (name) => `$${name}`) : given
}

function withoutMarks(_key: string, value: unknown): unknown {
  if (!isPlain(value)) return value
  const [first, ...others] = Object.keys(value)
  if (first !== undefined && others.length === 0 && Object.hasOwn(MARKS, first))
    return MARKS[first]!(value[first] as never)
  return Object.keys(value).some(isMarkLike) ? renamed(value, (name) => name.slice(1)) : value
}

function marked(mark: string, value: unknown): object {
  return { [mark]: value, [MARKED]: true }
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(MARKED in value)
}

const isMarkLike = (name: string): boolean => name.startsWith('$')

/** The same with other names for what begins with `$`. */
function renamed(value: Record<string, unknown>, rename: (name: string) => string): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value).map(([name, child]) => [isMarkLike(name) ? rename(name) : name, child]),
  )
}
