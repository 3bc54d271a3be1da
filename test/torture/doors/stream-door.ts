import { TestRedis } from '../../support/redis-server.ts'
import { numbersOfStream } from '../../support/stream-numbers.ts'
import type { Door } from './door.ts'

/** Of one daemon. */
const MOST_UNACKED = 200

/** How many there are in the stream `copies`. */
export async function copyCount(server: TestRedis): Promise<number> {
  return Number(await server.cli('xlen', 'copies'))
}

/** A server whose answers a kill doesn't take back. */
export function lastingServer(): Promise<TestRedis> {
  return TestRedis.launch({ appendonly: 'yes', appendfsync: 'always', 'maxmemory-policy': 'noeviction' })
}

/** From one stream to another of the same server, by two daemons of one group: what is written is acknowledged with that. */
export async function streamDoor(): Promise<Door> {
  const server = await lastingServer()
  return {
    pipeline: `pipeline: streams
producers:
  orders:
    maxUnacked: ${MOST_UNACKED}
    redis-stream:
      url: ${server.url}
      stream: orders
      group: copying
      consumer: \${DAEMON}
      create: true
      start: beginning
      commandTimeout: 300ms
      claimAfter: 900ms
stages:
  doubled: { from: { orders: { demand: 100 } }, map: "{ n: data.n, twice: data.n * 2 }" }
consumers:
  copies:
    from: { doubled: { demand: 100 } }
    redis-stream: { url: "${server.url}", stream: copies, commandTimeout: 300ms }
`,
    daemons: ['one', 'two'],
    async add(first, count) {
      const each = `redis.call('XADD', KEYS[1], '*', 'data', '{"n":' .. n .. '}')`
      await server.cli('eval', `for n = ${first}, ${first + count - 1} do ${each} end`, 1, 'orders')
    },
    count: () => copyCount(server),
    numbers: () => numbersOfStream(server, 'copies'),
    isSettled: async () => (await server.cli('xpending', 'orders', 'copying')).startsWith('0'),
    mayComeAgain: () => 0,
    restart: () => server.restart(),
    close: () => server.destroy(),
  }
}
