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
  const unit = `${rows[0]?.unit ?? ''}, k = thousand, M = million; ratio: sluice to peer, median of the pairs`
  return `${unit}\n\n${columns([HEADINGS, ...rows.map(cellsOf)], TEXT_COLUMNS)}`
}

/**
 * Lines of cells, all equally wide.
 *
 * @param {readonly (readonly string[])[]} lines
 * @param {number} textColumns so many are flush left, the others flush right.
 */
export function columns(lines, textColumns) {
  const widths = (lines[0] ?? []).map((_, column) => Math.max(...lines.map((cells) => cells[column]?.length ?? 0)))
  const padded = lines.map((cells) =>
    cells.map((cell, column) => {
      const width = widths[column] ?? 0
      return column < textColumns ? cell.padEnd(width) : cell.padStart(width)
    }),
  )
  return `${padded.map((cells) => cells.join('  ')).join('\n')}\n`
}

/**
 * @param {number | undefined} goal
 * @param {boolean} reached
 */
export function verdictOn(goal, reached) {
  return goal === undefined ? '' : `${reached ? 'reached' : 'MISSED'} ${goal}`
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
    verdictOn(row.goal, isReached(row)),
    String(row.pairs),
    String(row.failures),
  ]
}

/** @param {number} rate */
function written(rate) {
  return rate < 1e6 ? `${(rate / 1e3).toPrecision(3)} k` : `${(rate / 1e6).toFixed(2)} M`
}

/** @param {number} value */
export function short(value) {
  return value.toFixed(value < 10 ? 2 : 1)
}
