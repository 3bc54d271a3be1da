/** A function that expressions can call. None of them throws for JSON data, changes anything, or reads a clock. */
export interface ExpressionFunction {
  readonly signature: string
  readonly summary: string
  /** Fewest and most arguments. */
  readonly arity: readonly [number, number]
  /** What somebody who knows JavaScript may have written. */
  readonly insteadOf?: readonly string[]
  readonly call: (...values: never[]) => unknown
}

/** Most arguments of a function that takes any number of them. */
const MANY = 32

/**
 * In the order in which the docs show them. The numeric ones are JavaScript's own. The others keep missing what is
 * missing: what they can't use gives undefined, and a question about it is answered with false.
 */
export const FUNCTIONS: Readonly<Record<string, ExpressionFunction>> = {
  min: { signature: 'min(a, b, …)', summary: 'The smallest of the numbers.', arity: [1, MANY], call: Math.min },
  max: { signature: 'max(a, b, …)', summary: 'The largest of the numbers.', arity: [1, MANY], call: Math.max },
  abs: { signature: 'abs(x)', summary: 'The number without its sign.', arity: [1, 1], call: Math.abs },
  round: { signature: 'round(x)', summary: 'The nearest whole number; halves go up.', arity: [1, 1], call: Math.round },
  floor: { signature: 'floor(x)', summary: 'The nearest whole number not above.', arity: [1, 1], call: Math.floor },
  ceil: { signature: 'ceil(x)', summary: 'The nearest whole number not below.', arity: [1, 1], call: Math.ceil },
  length: {
    signature: 'length(x)',
    summary: 'How many characters a text has, elements an array, or fields an object.',
    arity: [1, 1],
    insteadOf: ['size', 'count'],
    call: length,
  },
  lower: {
    signature: 'lower(text)',
    summary: 'The text in lower case.',
    arity: [1, 1],
    insteadOf: ['toLowerCase', 'toLocaleLowerCase'],
    call: (text: unknown) => (typeof text === 'string' ? text.toLowerCase() : undefined),
  },
  upper: {
    signature: 'upper(text)',
    summary: 'The text in upper case.',
    arity: [1, 1],
    insteadOf: ['toUpperCase', 'toLocaleUpperCase'],
    call: (text: unknown) => (typeof text === 'string' ? text.toUpperCase() : undefined),
  },
  trim: {
    signature: 'trim(text)',
    summary: 'The text without the white space around it.',
    arity: [1, 1],
    call: (text: unknown) => (typeof text === 'string' ? text.trim() : undefined),
  },
  startsWith: {
    signature: 'startsWith(text, start)',
    summary: 'Whether the text starts with the other.',
    arity: [2, 2],
    call: (text: unknown, start: unknown) =>
      typeof text === 'string' && typeof start === 'string' && text.startsWith(start),
  },
  endsWith: {
    signature: 'endsWith(text, end)',
    summary: 'Whether the text ends with the other.',
    arity: [2, 2],
    call: (text: unknown, end: unknown) => typeof text === 'string' && typeof end === 'string' && text.endsWith(end),
  },
  includes: {
    signature: 'includes(textOrArray, x)',
    summary: 'Whether the text contains the other, or the array the value.',
    arity: [2, 2],
    insteadOf: ['contains', 'indexOf', 'has'],
    call: includes,
  },
  number: {
    signature: 'number(x)',
    summary: 'The number that a text says, such as "12.5"; a number as it is; undefined for anything else.',
    arity: [1, 1],
    insteadOf: ['Number', 'parseInt', 'parseFloat'],
    call: number,
  },
  string: {
    signature: 'string(x)',
    summary: 'A number or a boolean as text; a text as it is; undefined for anything else.',
    arity: [1, 1],
    insteadOf: ['String', 'toString', 'toFixed'],
    call: string,
  },
  boolean: {
    signature: 'boolean(x)',
    summary: 'The boolean that the text "true" or "false" says; a boolean as it is; undefined for anything else.',
    arity: [1, 1],
    insteadOf: ['Boolean'],
    call: boolean,
  },
  coalesce: {
    signature: 'coalesce(a, b, …)',
    summary: 'The first value that is neither undefined nor null.',
    arity: [1, MANY],
    call: (...values: unknown[]) => values.find((value) => value !== undefined && value !== null),
  },
  date: {
    signature: 'date(x)',
    summary:
      'Milliseconds since 1970 of an ISO 8601 text, a day or a time with its zone; a number as it is; else undefined.',
    arity: [1, 1],
    insteadOf: ['Date', 'parse', 'getTime'],
    call: date,
  },
}

function length(value: unknown): number | undefined {
  if (typeof value === 'string' || Array.isArray(value)) return value.length
  return typeof value === 'object' && value !== null ? Object.keys(value).length : undefined
}

function includes(whole: unknown, part: unknown): boolean {
  if (typeof whole === 'string') return typeof part === 'string' && whole.includes(part)
  return Array.isArray(whole) && whole.includes(part)
}

const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i

function number(value: unknown): number | undefined {
  if (typeof value === 'number') return value
  if (typeof value !== 'string') return undefined
  const text = value.trim()
  return NUMBER.test(text) ? Number(text) : undefined
}

function string(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined
}

function boolean(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value
  if (value === 'true') return true
  return value === 'false' ? false : undefined
}

/** A time without a zone is none: what it means would depend on where the process runs. */
const ISO_DATE = /^(\d{4}-\d\d-\d\d)(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d))?$/

function date(value: unknown): number | undefined {
  if (typeof value === 'number') return value
  const day = typeof value === 'string' ? ISO_DATE.exec(value)?.[1] : undefined
  if (day === undefined || !isDay(day)) return undefined
  const ms = Date.parse(value as string)
  return Number.isNaN(ms) ? undefined : ms
}

/** `Date.parse` takes the 30th of February for the 1st of March. */
function isDay(text: string): boolean {
  const ms = Date.parse(text)
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text)
}
