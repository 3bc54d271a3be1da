import { Queue } from 'bullmq'
import { numbersOfStream } from '../../support/stream-numbers.ts'
import type { Door } from './door.ts'
import { copyCount, lastingServer } from './stream-door.ts'

/** Of one daemon. */
const MOST_UNACKED = 50
/** A job that was under way at each kill would be given up by BullMQ otherwise. */
const MOST_STALLED = 1000

/** From a queue of BullMQ to a stream, by two daemons that are its workers. */
export async function queueDoor(): Promise<Door> {
  const server = await lastingServer()
  const queue = new Queue('orders', { connection: { host: '127.0.0.1', port: server.port, retryStrategy: () => 100 } })
  queue.on('error', () => {}) // Its server is killed now and then.
  return {
    pipeline: `pipeline: queue
producers:
  orders:
    maxUnacked: ${MOST_UNACKED}
    bullmq:
      url: ${server.url}
      queue: orders
      lockDuration: 1s
      stalledInterval: 1s
      maxStalledCount: ${MOST_STALLED}
      commandTimeout: 500ms
consumers:
  copies:
    from: { orders: { demand: ${MOST_UNACKED} } }
    redis-stream: { url: "${server.url}", stream: copies, commandTimeout: 300ms }
`,
    daemons: ['one', 'two'],
    async add(first, count) {
      await queue.addBulk(Array.from({ length: count }, (_, nth) => ({ name: 'order', data: { n: first + nth } })))
    },
    count: () => copyCount(server),
    numbers: () => numbersOfStream(server, 'copies'),
    isSettled: async (count) => (await queue.getCompletedCount()) === count,
    // A server that is killed with the daemon takes no outcome with it, but the other daemon may meet its gap.
    mayComeAgain: () => 2 * MOST_UNACKED,
    restart: () => server.restart(),
    async close() {
      await queue.disconnect()
      await server.destroy()
    },
  }
}
