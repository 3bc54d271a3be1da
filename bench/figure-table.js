import { columns, short, verdictOn } from './table.js'

/**
 * @typedef {object} FigureRow one figure of which less is better, or a rate.
 * @property {string} case
 * @property {string} unit
 * @property {string | undefined} peer
 * @property {number} sluice median.
 * @property {number | undefined} figure the peer's.
 * @property {import('./statistics.js').Summary} excess what it is more than the peer's in each pair; all of it, without a peer.
 * @property {number} pairs
 * @property {number} failures of both sides.
 * @property {number | undefined} most goal of the excess.
 * @property {number | undefined} least goal of a rate.
 */

const HEADINGS = ['figure', 'peer', 'unit', 'sluice', 'peer', 'more', '95 %', 'goal', 'pairs', 'failures']
const TEXT_COLUMNS = 3
/** How far the interval may reach beyond a goal, as a part of it. */
const SLACK = 0.1

/**
 * @param {readonly FigureRow[]} rows
 * @returns {string} lines, the last one ended too.
 */
export function figureTable(rows) {
  return `less is better, but of messages/s; more: than the peer, median of the pairs\n\n${columns([HEADINGS, ...rows.map(cellsOf)], TEXT_COLUMNS)}`
}

/** @param {FigureRow} row */
export function isMet({ excess, most = Infinity, least = -Infinity }) {
  const isLowEnough = excess.median <= most && excess.high <= most * (1 + SLACK)
  return isLowEnough && excess.median >= least && excess.low >= least * (1 - SLACK)
}

/** @param {FigureRow} row */
function cellsOf(row) {
  const { median, low, high } = row.excess
  return [
    row.case,
    row.peer ?? '',
    row.unit,
    short(row.sluice),
    row.figure === undefined ? '' : short(row.figure),
    row.figure === undefined ? '' : short(median),
    `${short(low)} – ${short(high)}`,
    verdictOn(row.most ?? row.least, isMet(row)),
    String(row.pairs),
    String(row.failures),
  ]
}
