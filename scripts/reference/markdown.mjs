/**
 * A table. A column without a single value is left out.
 *
 * @param {readonly string[]} titles
 * @param {readonly (readonly (string | undefined)[])[]} rows
 */
export function table(titles, rows) {
  const shown = titles.map((_, column) => column).filter((column) => rows.some((row) => row[column]))
  const line = (/** @type {readonly (string | undefined)[]} */ cells) =>
    `| ${shown.map((column) => cell(cells[column] ?? '')).join(' | ')} |`
  return [line(titles), line(titles.map(() => '---')), ...rows.map(line)].join('\n')
}

/** A bar would end the cell, also inside of code. */
const cell = (/** @type {string} */ text) => text.replaceAll('|', '\\|').replaceAll('\n', ' ')

/** @param {unknown} value */
export const code = (value) => `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``

/** `a`, `b` or `c`. */
export function either(/** @type {readonly string[]} */ words) {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`
}

/** @param {string} text a phrase of a table of the code, which has neither a capital nor a full stop. */
export const sentence = (text) => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`

/** The name that a heading has in a link, as GitHub makes it. */
export const anchor = (/** @type {string} */ title) =>
  title
    .toLowerCase()
    .replace(/[^a-z0-9 -]/g, '')
    .replaceAll(' ', '-')
