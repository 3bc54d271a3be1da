import { writeFileSync } from 'node:fs'
import { built } from './build.js'
import { CASES } from './cases.js'
import { readOptions, USAGE } from './options.js'
import { measurePairs } from './pairs.js'
import { runProgram, UsageError } from './program.js'
import { resultsOf } from './results.js'
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
  const chosen = choose(options.filters)
  await built()
  if (options.json !== undefined) writeFileSync(options.json, '') // Better to fail now than after the measurements.
  const rows = []
  for (const [index, { measured, peer }] of chosen.entries()) {
    process.stderr.write(`${index + 1}/${chosen.length} ${measured.name}: ${peer}\n`)
    rows.push(await measurePairs(measured, peer, options))
  }
  process.stdout.write(table(rows))
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(resultsOf(rows), undefined, 2)}\n`)
  return rows.some(({ failures }) => failures > 0) ? 1 : 0
}

/** @param {readonly string[]} filters */
function choose(filters) {
  const all = CASES.flatMap((measured) => Object.keys(measured.peers).map((peer) => ({ measured, peer })))
  const chosen = all.filter(({ measured, peer }) =>
    filters.every((text) => `${measured.name}: ${peer}`.toLowerCase().includes(text.toLowerCase())),
  )
  if (chosen.length > 0) return chosen
  const names = all.map(({ measured, peer }) => `  ${measured.name}: ${peer}`).join('\n')
  throw new UsageError(`no case matches ${filters.join(' and ')}; there are\n${names}`)
}

await runProgram(main, USAGE)
