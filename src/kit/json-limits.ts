import { z } from 'zod'

/** How large a JSON value may be in each direction; bytes are limited before it is parsed, where it comes in. */
export interface JsonLimits {
  /** Deepest nesting of objects and arrays; an object alone is 1. */
  readonly depth: number
  /** Most keys of one object. */
  readonly keys: number
  /** Most elements of one array. */
  readonly elements: number
  /** Longest key, in UTF-16 units. */
  readonly keyLength: number
}

export const DEFAULT_JSON_LIMITS: JsonLimits = Object.freeze({
  depth: 64,
  keys: 1_000,
  elements: 10_000,
  keyLength: 256,
})

/** The option `limits` of a producer that reads JSON. */
export const jsonLimits = z
  .strictObject({
    depth: z
      .int()
      .min(1)
      .max(1_000)
      .default(DEFAULT_JSON_LIMITS.depth)
      .describe('Deepest nesting of objects and arrays; an object alone is 1.'),
    keys: z.int().min(1).max(1_000_000).default(DEFAULT_JSON_LIMITS.keys).describe('Most keys of one object.'),
    elements: z
      .int()
      .min(1)
      .max(10_000_000)
      .default(DEFAULT_JSON_LIMITS.elements)
      .describe('Most elements of one array.'),
    keyLength: z
      .int()
      .min(1)
      .max(65_536)
      .default(DEFAULT_JSON_LIMITS.keyLength)
      .describe('Longest key of an object, in characters.'),
  })
  .prefault({})
  .describe('What a JSON value may be at most; what is larger is refused.')
