import { Pool } from 'undici'
import { valueAt } from '../../http/bodies.js'
import { startSink } from '../../http/start-sink.js'

const HEADERS = { 'content-type': 'application/json' }

/**
 * A pool of undici by itself.
 *
 * @param {{ concurrency: number, values: number }} settings requests at once, and values in each.
 * @returns {Promise<import('../../contract.js').Contender>}
 */
export async function undici({ concurrency, values }) {
  const sink = await startSink()
  return async (count, consume) => {
    const pool = new Pool(sink.url.slice(0, -1), { connections: concurrency })
    let next = 0
    let failures = 0
    const send = async () => {
      while (next < count) {
        const start = next
        next = Math.min(count, start + values)
        const batch = Array.from({ length: next - start }, (_, index) => valueAt(start + index))
        const body = JSON.stringify(values === 1 ? batch[0] : batch)
        const response = await pool.request({ path: '/', method: 'POST', headers: HEADERS, body })
        await response.body.dump()
        if (response.statusCode !== 204) failures += batch.length
      }
    }
    await Promise.all(Array.from({ length: concurrency }, send))
    await pool.close()
    const taken = await sink.taken()
    consume(taken.sum)
    return failures + Math.abs(count - taken.count)
  }
}
