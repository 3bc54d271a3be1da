import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startDurable } from '../sluice/http.js'
import { median as medianOf } from '../statistics.js'

/**
 * @typedef {import('../contract.js').GaugeLoader} GaugeLoader
 * @typedef {{ times: number[], failures: number }} Told what a client tells; ms.
 */

const CLIENT = fileURLToPath(new URL('../http/one-by-one.js', import.meta.url))
/** Requests of a round, and of all rounds, for a second that another measurement takes; a p99 of fewer says little. */
const ROUND = 500
const REQUESTS_PER_SECOND = 5000
/** Until all that answers has been compiled: up to some 4,000 the p99 is that of the compiler. */
const WARM_REQUESTS = 6000
/** Writes that are synced between two rounds. */
const SYNCS = 50
const WRITTEN = Buffer.alloc(512, '.')

/**
 * From a request over one connection to its 204, by a client in a process of its own, beside `fdatasync` of 512 bytes at
 * the end of a file of the same folder, between the rounds.
 *
 * @param {number} part of the answers that take no longer.
 * @param {(syncs: readonly number[]) => number} besideOf what it is compared with, by the times of the disk alone.
 * @returns {GaugeLoader}
 */
function latency(part, besideOf) {
  return async (build) => {
    const client = fork(CLIENT, { execArgv: [] })
    await once(client, 'spawn')
    client.unref()
    client.channel?.unref()
    return async (seconds) => {
      const folder = await mkdtemp(join(tmpdir(), 'sluice-bench-'))
      const door = await startDurable(build, join(folder, 'store'))
      const file = await open(join(folder, 'synced'), 'w')
      const syncs = []
      let { failures } = await sent(client, { port: door.port, count: WARM_REQUESTS })
      const times = []
      const count = Math.ceil(REQUESTS_PER_SECOND * seconds)
      while (times.length < count) {
        for (let sync = 0; sync < SYNCS; sync++) syncs.push(await syncMs(file))
        const told = await sent(client, { port: door.port, count: Math.min(ROUND, count - times.length) })
        times.push(...told.times)
        failures += told.failures
      }
      await file.close()
      failures += await door.end(WARM_REQUESTS + count)
      await rm(folder, { recursive: true })
      return { value: percentile(times, part), beside: besideOf(syncs), failures }
    }
  }
}

export const median = latency(0.5, (syncs) => medianOf(syncs))
export const p99 = latency(0.99, (syncs) => 5 * medianOf(syncs))
/** On a disk that others use, too, its own p99 tells what the door adds. */
export const p99ByDisk = latency(0.99, (syncs) => percentile(syncs, 0.99))

/**
 * The smallest value that so large a part of all is no larger than.
 *
 * @param {readonly number[]} values
 * @param {number} part
 */
function percentile(values, part) {
  return values.toSorted((a, b) => a - b)[Math.ceil(part * values.length) - 1] ?? NaN
}

/**
 * @param {import('node:child_process').ChildProcess} client
 * @param {{ port: number, count: number }} order
 * @returns {Promise<Told>}
 */
async function sent(client, order) {
  client.send(order)
  const [{ error, ...told }] = await once(client, 'message')
  if (error !== undefined) throw new Error(`the client failed: ${error}`)
  return told
}

/** Of the `fdatasync` alone, without the write before it. @param {import('node:fs/promises').FileHandle} file */
async function syncMs(file) {
  await file.write(WRITTEN)
  const start = performance.now()
  await file.datasync()
  return performance.now() - start
}
