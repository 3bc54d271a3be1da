import { writeFileSync } from 'node:fs'
import { built } from './build.js'
import { CASES, FIGURE_CASES } from './cases.js'
import { figureTable } from './figure-table.js'
import { readOptions, USAGE } from './options.js'
import { measureFigure, measurePairs } from './pairs.js'
import { runProgram, UsageError } from './program.js'
import { figureResultsOf, resultsOf } from './results.js'
import { table } from './table.js'

/**
 * @param {readonly string[]} args
 * @returns {Promise<number>} the exit code: 1 if a message failed anywhere.
 */
async function main(args) {
  const options = readOptions(args)
  if (options.help) {
    process.stdout.write(`${USAGE}\n`)
    return 0
  }
  const jobs = choose(options.filters)
  await built()
  if (options.json !== undefined) writeFileSync(options.json, '') // Better to fail now than after the measurements.
  const rows = []
  const figures = []
  for (const [index, { title, measured, peer }] of jobs.entries()) {
    process.stderr.write(`${index + 1}/${jobs.length} ${title}\n`)
    if ('goals' in measured) rows.push(await measurePairs(measured, peer, options))
    else figures.push(await measureFigure(measured, options))
  }
  const tables = [rows.length > 0 ? table(rows) : '', figures.length > 0 ? figureTable(figures) : '']
  process.stdout.write(tables.filter((text) => text !== '').join('\n'))
  if (options.json !== undefined) {
    const results = [...resultsOf(rows), ...figureResultsOf(figures)]
    writeFileSync(options.json, `${JSON.stringify(results, undefined, 2)}\n`)
  }
  return [...rows, ...figures].some(({ failures }) => failures > 0) ? 1 : 0
}

/** @param {readonly string[]} filters */
function choose(filters) {
  const jobs = [...CASES.flatMap(jobsOf), ...FIGURE_CASES.map(jobOf)]
  const chosen = jobs.filter(({ title }) => filters.every((text) => title.toLowerCase().includes(text.toLowerCase())))
  if (chosen.length > 0) return chosen
  const titles = jobs.map(({ title }) => `  ${title}`).join('\n')
  throw new UsageError(`no case matches ${filters.join(' and ')}; there are\n${titles}`)
}

/** @param {import('./contract.js').Case} measured */
function jobsOf(measured) {
  return Object.keys(measured.peers).map((peer) => ({ title: `${measured.name}: ${peer}`, measured, peer }))
}

/** @param {import('./contract.js').FigureCase} measured */
function jobOf(measured) {
  const [peer = ''] = Object.keys(measured.peers)
  return { title: peer === '' ? measured.name : `${measured.name}: ${peer}`, measured, peer }
}

await runProgram(main, USAGE)
