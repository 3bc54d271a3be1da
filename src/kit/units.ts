import { z } from 'zod'
import { kitError } from './errors.ts'
import { printable, quote } from './text.ts'

/** A unit and how many of the base unit it is. */
type Unit = readonly [name: string, factor: number]

interface Quantity {
  readonly noun: string
  /** The base unit, in full. */
  readonly whole: string
  /** Largest first; the last is the base unit. */
  readonly units: readonly Unit[]
  /** The units to name when one is missing. */
  readonly common: readonly string[]
  readonly pattern: RegExp
  readonly longest: string
}

const DURATION: Quantity = {
  noun: 'duration',
  whole: 'milliseconds',
  units: [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1_000],
    ['ms', 1],
  ],
  common: ['ms', 's', 'm', 'h', 'd'],
  // Digits are bounded, so that no text makes a number that takes long to compute.
  pattern: /^(\d{1,16})(?:\.(\d{1,16}))?(ms|s|m|h|d)$/,
  longest: '365d',
}

const SIZE: Quantity = {
  noun: 'size',
  whole: 'bytes',
  units: [
    ['TiB', 1024 ** 4],
    ['TB', 1000 ** 4],
    ['GiB', 1024 ** 3],
    ['GB', 1000 ** 3],
    ['MiB', 1024 ** 2],
    ['MB', 1000 ** 2],
    ['KiB', 1024],
    ['KB', 1000],
    ['B', 1],
  ],
  common: ['B', 'KiB', 'MiB', 'GiB'],
  pattern: /^(\d{1,16})(?:\.(\d{1,16}))?(TiB|TB|GiB|GB|MiB|MB|KiB|KB|B)$/,
  longest: '1024TiB',
}

/** Smallest and largest value that an option takes, as text with a unit or in ms or bytes; both are allowed values. */
export interface Bounds {
  readonly min?: string | number
  readonly max?: string | number
}

/**
 * A duration in config: text such as "200ms", "1.5s", "1m", "1h" or "2d"; gives whole ms.
 * From 0ms to 365d unless the bounds say otherwise.
 */
export function duration(bounds: Bounds = {}): z.ZodType<number, string> {
  return codec(DURATION, bounds)
}

/**
 * A size in config: text such as "512B", "64KiB", "1MB" or "10GiB"; gives whole bytes. KB, MB, GB and TB are powers of
 * 1000, KiB, MiB, GiB and TiB of 1024. From 0B to 1024TiB unless the bounds say otherwise.
 */
export function bytes(bounds: Bounds = {}): z.ZodType<number, string> {
  return codec(SIZE, bounds)
}

function codec(quantity: Quantity, bounds: Bounds): z.ZodType<number, string> {
  const min = bound(quantity, bounds.min ?? 0)
  const max = bound(quantity, bounds.max ?? quantity.longest)
  const allowed = { quantity, min, max }
  // What is no quantity is compared with no other option.
  const text = z
    .string({ error: ({ input }) => problemOfType(allowed, input) })
    .regex(quantity.pattern, { error: ({ input }) => problemOfText(allowed, String(input)), abort: true })
    // A pattern can't say them: they are for the docs, and for whoever else reads the JSON Schema.
    .meta({ 'x-quantity': quantity.noun, 'x-minimum': format(quantity, min), 'x-maximum': format(quantity, max) })
  const count = z
    .int()
    .min(min, { error: `must be at least "${format(quantity, min)}"`, abort: true })
    .max(max, { error: `must be at most "${format(quantity, max)}"`, abort: true })
  return z.codec(text, count, {
    decode: (written, context) => {
      const value = read(quantity, written)
      if (typeof value === 'number') return value
      context.issues.push({ code: 'custom', message: value, input: written })
      return z.NEVER
    },
    encode: (value) => format(quantity, value),
  })
}

function bound(quantity: Quantity, value: string | number): number {
  return typeof value === 'number' ? value : parse(quantity, value)
}

function parse(quantity: Quantity, text: string): number {
  const value = quantity.pattern.test(text)
    ? read(quantity, text)
    : problemOfText({ quantity, min: 0, max: Infinity }, text)
  if (typeof value === 'number') return value
  throw kitError('SLUICE_UNIT_INVALID', value)
}

/** The value of a text that fits the pattern, or what is wrong with it. */
function read(quantity: Quantity, text: string): number | string {
  const [, whole = '', fraction = '', unit] = quantity.pattern.exec(text) ?? []
  const factor = quantity.units.find(([name]) => name === unit)?.[1] ?? 1
  // In integers, because 1.1 * 60000 is 66000.00000000001.
  const scaled = BigInt(whole + fraction) * BigInt(factor)
  const scale = 10n ** BigInt(fraction.length)
  if (scaled % scale !== 0n) return `"${text}" is not a whole number of ${quantity.whole}`
  const value = Number(scaled / scale)
  return Number.isSafeInteger(value)
    ? value
    : `"${text}" is too large: the largest ${quantity.noun} is "${quantity.longest}"`
}

/** A count of bytes as config writes it, in the largest unit that needs at most three decimals. */
export function sizeText(count: number): string {
  return format(SIZE, count)
}

/** A time in ms as config writes it, in the largest unit that needs at most three decimals. */
export function durationText(ms: number): string {
  return format(DURATION, ms)
}

/** A whole count of the base unit in the largest unit that needs at most three decimals, as "1.5s" or "64KiB". */
function format(quantity: Quantity, count: number): string {
  const thousandfold = BigInt(count) * 1000n
  for (const [name, factor] of quantity.units) {
    if (factor > count || thousandfold % BigInt(factor) !== 0n) continue
    const thousandths = (thousandfold / BigInt(factor)).toString().padStart(4, '0')
    const fraction = thousandths.slice(-3).replace(/0+$/, '')
    return `${thousandths.slice(0, -3)}${fraction === '' ? '' : '.'}${fraction}${name}`
  }
  return `${count}${quantity.units.at(-1)?.[0]}`
}

/** A quantity with the smallest and the largest count that a setting takes. */
interface Allowed {
  readonly quantity: Quantity
  readonly min: number
  readonly max: number
}

/** `"10ms", "10s" or …`: the amount with each unit that makes it an allowed value; another amount where none does. */
function examples(allowed: Allowed, amount = '10'): string {
  const fitting = withUnits(allowed, amount)
  const ten = fitting.length > 0 ? fitting : withUnits(allowed, '10')
  const written = (ten.length > 0 ? ten : [format(allowed.quantity, allowed.min)]).map((text) => `"${text}"`)
  return written.length === 1 ? written[0]! : `${written.slice(0, -1).join(', ')} or ${written.at(-1)}`
}

function withUnits({ quantity, min, max }: Allowed, amount: string): string[] {
  const fits = ([, factor]: Unit): boolean => Number(amount) * factor >= min && Number(amount) * factor <= max
  return quantity.common
    .filter((name) => fits(quantity.units.find(([other]) => other === name)!))
    .map((name) => `${amount}${name}`)
}

function problemOfType(allowed: Allowed, input: unknown): string {
  if (input === 0 && allowed.min > 0) return `must be at least "${format(allowed.quantity, allowed.min)}", not 0`
  if (typeof input !== 'number') return `expected a ${allowed.quantity.noun} in quotes, such as ${examples(allowed)}`
  return `write a unit: ${examples(allowed, Number.isSafeInteger(input) && input >= 0 ? String(input) : '10')}`
}

/** Why a text doesn't fit the pattern, and what was probably meant. */
function problemOfText(allowed: Allowed, text: string): string {
  const { quantity } = allowed
  const trimmed = printable(text.trim())
  if (/^\d+(\.\d+)?$/.test(trimmed)) return `write a unit: ${examples(allowed, trimmed)}`
  if (trimmed.startsWith('-')) return `${quote(text)}: a ${quantity.noun} cannot be negative`
  const names = quantity.units.map(([name]) => name)
  const [, amount = '', unit = ''] = /^(\d{1,16}(?:\.\d{1,16})?)\s*([A-Za-z]+)$/.exec(trimmed) ?? []
  const meant = names.find((name) => name.toLowerCase() === unit.toLowerCase())
  if (meant !== undefined) return `${quote(text)} is not a ${quantity.noun}: did you mean "${amount}${meant}"?`
  if (unit !== '') return `unknown unit ${quote(unit)}: the units are ${names.toReversed().join(', ')}`
  return `${quote(text)} is not a ${quantity.noun}: write one number and one unit, as ${examples(allowed)}`
}
