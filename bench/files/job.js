import { createWriteStream } from 'node:fs'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { POOL, TEXT_LENGTH } from '../records/job.js'
import { textAt } from '../records/texts.js'

/*
 * The job, the same for everybody: a file of lines, each a record of 245 bytes as JSON; those of a third are left out, the
 * others written to another file, as JSON again.
 */

/** Lines that are written to the input at once. */
const LINES_PER_WRITE = 500

/**
 * @typedef {object} Payment
 * @property {number} number its place among the texts.
 * @property {{ isCredit: boolean }} card
 */

/** @param {Payment} payment */
export function isKept({ card }) {
  return !card.isCredit
}

/**
 * What becomes of the n-th line in the end.
 *
 * @param {number} n
 */
export function keptNumberOf(n) {
  const number = n % POOL
  return number % 3 === 0 ? 0 : number
}

/** @param {number} count */
function keptOf(count) {
  let kept = 0
  for (let n = 0; n < count; n++) if ((n % POOL) % 3 !== 0) kept++
  return kept
}

/** @param {number} count */
export function* blocksOf(count) {
  for (let first = 0; first < count; first += LINES_PER_WRITE) {
    let block = ''
    for (let n = first; n < Math.min(count, first + LINES_PER_WRITE); n++) block += `${textAt(n)}\n`
    yield block
  }
}

/**
 * Makes a contender of one that reads one file and writes another; the input is made before, and the output checked.
 *
 * @param {(paths: { input: string, output: string, folder: string }, count: number, consume: import('../contract.js').Consume) => Promise<number>} run
 * @returns {import('../contract.js').PreparedContender}
 */
export function betweenFiles(run) {
  let folder = ''
  const before = async (/** @type {number} */ count) => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-bench-'))
    await pipeline(blocksOf(count), createWriteStream(join(folder, 'input.ndjson')))
  }
  /** @type {import('../contract.js').Contender} */
  const contender = async (count, consume) => {
    const output = join(folder, 'output.ndjson')
    try {
      const failures = await run({ input: join(folder, 'input.ndjson'), output, folder }, count, consume)
      const { size } = await stat(output)
      return failures + Math.abs(keptOf(count) - size / (TEXT_LENGTH + 1))
    } finally {
      await rm(folder, { recursive: true })
    }
  }
  return Object.assign(contender, { before })
}
