import type { Entry, ListValue, MapValue, OffsetRange, Value } from './tree.ts'

/**
 * A value out of a program as a part of the tree. Its inside is looked at only when something in it is wrong: it may be
 * large, or contain itself; schemas get the value itself.
 */
export function given(value: unknown, range: OffsetRange): Value {
  if (Array.isArray(value)) return new GivenList(value, range)
  if (isPlain(value)) return new GivenMap(value, range)
  return { kind: 'scalar', range, value, style: 'given' }
}

/** What stands under names in a program; what is undefined doesn't stand there. */
export function entriesOf(value: unknown, range: OffsetRange): [string, Entry][] {
  const written = isPlain(value) ? Object.entries(value).filter(([, entry]) => entry !== undefined) : []
  return written.map(([name, entry]) => [name, { keyRange: range, value: given(entry, range) }])
}

class GivenList implements ListValue {
  readonly kind = 'list'
  readonly isFlow = true
  readonly given: readonly unknown[]
  readonly range: OffsetRange

  constructor(array: readonly unknown[], range: OffsetRange) {
    this.given = array
    this.range = range
  }

  get items(): readonly Value[] {
    return this.given.map((item) => given(item, this.range))
  }
}

class GivenMap implements MapValue {
  readonly kind = 'map'
  readonly isFlow = true
  readonly given: object
  readonly range: OffsetRange

  constructor(object: object, range: OffsetRange) {
    this.given = object
    this.range = range
  }

  get entries(): ReadonlyMap<string, Entry> {
    return new Map(entriesOf(this.given, this.range))
  }
}

/** Instances of classes are what they are: a schema takes them whole. */
export function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
