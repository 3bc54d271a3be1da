import { CASES } from './cases.js'
import { median } from './statistics.js'

/**
 * @typedef {object} Result one case, as `--json` writes it.
 * @property {string} case
 * @property {string} unit
 * @property {number} sluice median of all its samples.
 * @property {Record<string, number>} peers median of each peer's samples.
 * @property {Record<string, import('./statistics.js').Summary>} ratios
 */

/**
 * @param {readonly (import('./table.js').Row & { samples: number[] })[]} rows
 * @returns {Result[]} in the order of the cases.
 */
export function resultsOf(rows) {
  return CASES.flatMap(({ name }) => {
    const own = rows.filter((row) => row.case === name)
    const [first] = own
    if (first === undefined) return []
    return {
      case: name,
      unit: first.unit,
      sluice: median(own.flatMap(({ samples }) => samples)),
      peers: Object.fromEntries(own.map(({ peer, figure }) => [peer, figure])),
      ratios: Object.fromEntries(own.map(({ peer, ratio }) => [peer, ratio])),
    }
  })
}

/**
 * @typedef {object} FigureResult one figure, as `--json` writes it.
 * @property {string} figure
 * @property {string} unit
 * @property {number} sluice median.
 * @property {Record<string, number>} peers
 * @property {import('./statistics.js').Summary} excess
 */

/**
 * @param {readonly import('./figure-table.js').FigureRow[]} rows
 * @returns {FigureResult[]}
 */
export function figureResultsOf(rows) {
  return rows.map(({ case: name, unit, sluice, peer, figure, excess }) => ({
    figure: name,
    unit,
    sluice,
    peers: peer === undefined || figure === undefined ? {} : { [peer]: figure },
    excess,
  }))
}
