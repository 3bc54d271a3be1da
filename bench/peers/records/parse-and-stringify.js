import { Batcher, Sink } from '../../records/sink.js'
import { textAt } from '../../records/texts.js'

/**
 * `JSON.parse` and `JSON.stringify` alone, in a loop: what nobody can do without.
 *
 * @type {import('../../contract.js').Contender}
 */
export async function run(count, consume) {
  const sink = new Sink(consume)
  const batcher = new Batcher(sink)
  for (let n = 0; n < count; n++) batcher.add(JSON.parse(textAt(n)))
  batcher.flush()
  return sink.failures(count)
}
