/** What an expression can name: members of the message. */
export const NAMES: Readonly<Record<string, { readonly summary: string }>> = {
  data: { summary: 'The value that the message carries.' },
  key: { summary: 'The key of the message, a text; undefined where it has none.' },
  headers: { summary: 'The headers of the message, texts by name, as in `headers["content-type"]`.' },
  time: { summary: 'Event time, in ms since 1970.' },
  priority: { summary: 'From 0 to 9; 9 is highest.' },
  attempt: { summary: 'Which try this is; 1 is the first.' },
  id: { summary: 'The id of the message, the same when it is delivered again.' },
}

/** Property names that can't be written: what every object inherits, and the two more that lead to prototypes. */
export const REFUSED_PROPERTIES: ReadonlySet<string> = new Set([
  ...Object.getOwnPropertyNames(Object.prototype),
  '__proto__',
  'constructor',
  'prototype',
])

/**
 * Property names under which texts, numbers, arrays and the like have methods, as `at`, `fill` or `link`. Data may well
 * have fields of these names, so they are read as own properties only: no method ever becomes a value.
 */
export const METHODS: ReadonlySet<string> = new Set(
  [Array, String, Number, Boolean, BigInt, Date, Function].flatMap((type) =>
    Object.entries(Object.getOwnPropertyDescriptors(type.prototype))
      .filter(([, { value, get }]) => typeof value === 'function' || get !== undefined)
      .map(([name]) => name),
  ),
)
