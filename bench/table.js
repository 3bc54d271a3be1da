/**
 * @typedef {object} Row one peer of one case.
 * @property {string} case
 * @property {string} unit
 * @property {string} peer
 * @property {number} sluice median, in `unit`.
 * @property {number} figure the peer's, likewise.
 * @property {import('./statistics.js').Summary} ratio of the pairs.
 * @property {number} pairs
 * @property {number} failures of both sides.
 * @property {number | undefined} goal least ratio.
 */

const HEADINGS = ['case', 'peer', 'sluice', 'peer', 'ratio', '95 %', 'goal', 'pairs', 'failures']
/** Columns of text are flush left, columns of figures flush right. */
const TEXT_COLUMNS = 2
/** How far the interval may reach below a goal, as a part of it. */
const SLACK = 0.1

/**
 * @param {readonly Row[]} rows of one unit.
 * @returns {string} lines, the last one ended too.
 */
export function table(rows) {
  const lines = [HEADINGS, ...rows.map(cellsOf)]
  const widths = HEADINGS.map((_, column) => Math.max(...lines.map((cells) => cells[column]?.length ?? 0)))
  const text = lines.map((cells) => cells.map((cell, column) => pad(cell, column, widths[column] ?? 0)).join('  '))
  return `${rows[0]?.unit ?? ''}, k = thousand, M = million; ratio: sluice to peer, median of the pairs\n\n${text.join('\n')}\n`
}

/** @param {Row} row */
export function isReached({ ratio, goal }) {
  return goal === undefined || (ratio.median >= goal && ratio.low >= goal * (1 - SLACK))
}

/** @param {Row} row */
function cellsOf(row) {
  const { median, low, high } = row.ratio
  return [
    row.case,
    row.peer,
    written(row.sluice),
    written(row.figure),
    short(median),
    `${short(low)} – ${short(high)}`,
    row.goal === undefined ? '' : `${isReached(row) ? 'reached' : 'missed'} ${row.goal}`,
    String(row.pairs),
    String(row.failures),
  ]
}

/** @param {number} rate */
function written(rate) {
  return rate < 1e6 ? `${(rate / 1e3).toPrecision(3)} k` : `${(rate / 1e6).toFixed(2)} M`
}

/** @param {number} ratio */
function short(ratio) {
  return ratio.toFixed(ratio < 10 ? 2 : 1)
}

/**
 * @param {string} cell
 * @param {number} column
 * @param {number} width
 */
function pad(cell, column, width) {
  return column < TEXT_COLUMNS ? cell.padEnd(width) : cell.padStart(width)
}
