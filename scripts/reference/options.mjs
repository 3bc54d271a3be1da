import { code, either, table } from './markdown.mjs'

/**
 * As much of JSON Schema as zod writes for options.
 *
 * @typedef {object} Schema
 * @property {string} [type]
 * @property {string} [format]
 * @property {string} [description]
 * @property {unknown} [default]
 * @property {readonly unknown[]} [enum]
 * @property {number} [minimum]
 * @property {number} [maximum]
 * @property {number} [minLength]
 * @property {number} [maxLength]
 * @property {number} [minItems]
 * @property {number} [maxItems]
 * @property {string} [x-quantity]
 * @property {string} [x-minimum]
 * @property {string} [x-maximum]
 * @property {string} [$ref]
 * @property {readonly Schema[]} [anyOf]
 * @property {Schema} [items]
 * @property {Readonly<Record<string, Schema>>} [properties]
 * @property {readonly string[]} [required]
 * @property {Schema | boolean} [additionalProperties]
 */

const TITLES = ['Name', 'Type', 'Limits', 'Default', 'What it says']

/**
 * The table of all options that a schema has; of those inside of others by their way, as `queue.bytes`.
 *
 * @param {Schema} schema
 */
export function optionsTable(schema) {
  return table(TITLES, rowsBelow(schema, ''))
}

/**
 * @param {Schema} schema
 * @param {string} prefix
 * @returns {string[][]}
 */
function rowsBelow({ properties = {}, required = [] }, prefix) {
  return Object.entries(properties).flatMap(([name, option]) => {
    const row = [
      code(prefix + name),
      typeOf(option),
      limitsOf(option),
      defaultOf(option, required.includes(name)),
      option.description ?? '',
    ]
    return [row, ...rowsInside(option, `${prefix}${name}.`)]
  })
}

/**
 * @param {Schema} option
 * @param {string} prefix
 * @returns {string[][]}
 */
function rowsInside(option, prefix) {
  const inner = typeof option.additionalProperties === 'object' ? option.additionalProperties : undefined
  return [
    ...rowsBelow(option, prefix),
    ...(inner === undefined ? [] : rowsInside(inner, `${prefix}<name>.`)),
    ...(option.anyOf ?? []).flatMap((branch) => rowsInside(branch, prefix)),
  ]
}

/** @param {Schema} option */
const typeOf = (option) => either([...new Set(typesOf(option))])

/**
 * @param {Schema} option
 * @returns {string[]}
 */
function typesOf(option) {
  // The only schema that refers to itself is that of all JSON.
  if (option.$ref !== undefined) return ['any JSON value']
  if (option.anyOf !== undefined) return option.anyOf.flatMap(typesOf)
  if (option.enum !== undefined) return option.enum.map(code)
  if (option['x-quantity'] !== undefined) return [`[${option['x-quantity']}](#durations-and-sizes)`]
  if (option.format === 'sluice-expression') return ['[expression](#expressions)']
  if (option.format === 'sluice-code') return ['from code only']
  return plainTypesOf(option)
}

/**
 * @param {Schema} option
 * @returns {string[]}
 */
function plainTypesOf({ type = '', items = {}, additionalProperties }) {
  switch (type) {
    case 'integer':
      return ['whole number']
    case 'string':
      return ['text']
    case 'boolean':
      return ['`true`', '`false`']
    case 'array':
      return [typeOf(items) === '' ? 'list' : `list of ${typeOf(items)}s`]
    case 'object': {
      const named = typeof additionalProperties === 'object' ? typeOf(additionalProperties) : ''
      return [named === '' ? 'map' : `map of names to ${named}s`]
    }
    // What is nothing, as an edge without settings.
    case 'null':
      return []
    default:
      return [type]
  }
}

/**
 * @param {Schema} option
 * @returns {string}
 */
function limitsOf(option) {
  if (option.anyOf !== undefined) return [...new Set(option.anyOf.map(limitsOf))].filter(Boolean).join('; ')
  if (option.type === 'integer' || option.type === 'number') return range(option.minimum, option.maximum)
  if (option['x-quantity'] !== undefined) return range(option['x-minimum'], option['x-maximum'])
  if (option.format === 'sluice-expression' || option.enum !== undefined) return ''
  const { minLength, maxLength, minItems, maxItems } = option
  if (maxLength !== undefined) return `${range(minLength ?? 0, maxLength)} characters`
  return maxItems === undefined ? '' : `${range(minItems ?? 0, maxItems)} of them`
}

/**
 * @param {number | string | undefined} least
 * @param {number | string | undefined} most
 */
function range(least, most) {
  if (most === Number.MAX_SAFE_INTEGER) return `from ${shown(least)}`
  return `${shown(least)} to ${shown(most)}`
}

/** @param {number | string | undefined} value */
const shown = (value) => (typeof value === 'number' ? value.toLocaleString('en-US') : (value ?? ''))

/**
 * @param {Schema} option
 * @param {boolean} isRequired
 */
function defaultOf(option, isRequired) {
  if (isRequired) return 'required'
  // What stands inside has defaults of its own.
  return option.default === undefined || option.properties !== undefined ? '' : code(option.default)
}
