import { blocksOf, isKept } from '../../files/job.js'
import { TEXT_LENGTH } from '../../records/job.js'

/**
 * Cuts texts that are in memory into lines, parses and stringifies them: what nobody can do without. No file is touched.
 *
 * @returns {import('../../contract.js').PreparedContender}
 */
export function splitParseStringify() {
  /** @type {string[]} */
  let blocks = []
  const before = async (/** @type {number} */ count) => {
    blocks = [...blocksOf(count)]
  }
  /** @type {import('../../contract.js').Contender} */
  const run = async (count, consume) => {
    let lines = 0
    let length = 0
    for (const block of blocks) {
      for (const text of block.split('\n')) {
        if (text === '') continue
        lines++
        const payment = JSON.parse(text)
        if (!isKept(payment)) continue
        consume(payment.number)
        const written = `${JSON.stringify(payment)}\n`
        length += written.length
      }
    }
    blocks = []
    return Math.abs(count - lines) + (length % (TEXT_LENGTH + 1))
  }
  return Object.assign(run, { before })
}
