import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { seededRandom } from '../../src/kit/seeded-random.ts'
import { TestRedis } from '../support/redis-server.ts'
import { folder, Sluice, until } from './sluice.ts'

const KILLS = 10
const ENTRIES = 1000
/** Of one daemon: what it has in hand when it is killed comes again. */
const MOST_UNACKED = 200
const LIMIT_MS = 300_000
/** A seed whose title named it is tried again. */
const SEED = Number(process.env['SLUICE_TEST_SEED'] ?? Math.floor(Math.random() * 1e9))

const PIPELINE = `pipeline: bridge
producers:
  orders:
    maxUnacked: ${MOST_UNACKED}
    redis-stream:
      url: \${REDIS_URL}
      stream: orders
      group: bridge
      consumer: \${CONSUMER}
      create: true
      start: beginning
      commandTimeout: 300ms
      claimAfter: 900ms
stages:
  doubled: { from: { orders: { demand: 100 } }, map: "{...data, twice: data.n * 2}" }
consumers:
  copies:
    from: { doubled: { demand: 100 } }
    redis-stream: { url: "\${REDIS_URL}", stream: copies, commandTimeout: 300ms }
`

/** Two daemons of one config, of which one is killed now and then, and started again. */
class Daemons {
  readonly #cwd = folder()
  readonly #url: string
  readonly #running = new Map<string, Sluice>()

  constructor(url: string) {
    this.#url = url
    writeFileSync(join(this.#cwd, 'bridge.yaml'), PIPELINE)
  }

  start(consumer: string): void {
    const env = { REDIS_URL: this.#url, CONSUMER: consumer, SLUICE_DATA_DIR: join(this.#cwd, consumer) }
    this.#running.set(consumer, new Sluice(['run', 'bridge.yaml', '--admin-port', '0'], { cwd: this.#cwd, env }))
  }

  async kill(consumer: string): Promise<void> {
    await this.#running.get(consumer)!.kill()
  }

  async isRunning(consumer: string): Promise<void> {
    await this.#running.get(consumer)!.isRunning()
  }

  get stderr(): string {
    return [...this.#running.values()].map(({ stderr }) => stderr).join('\n')
  }
}

async function add(server: TestRedis, first: number): Promise<void> {
  const each = `redis.call('XADD', KEYS[1], '*', 'id', 'order:' .. n, 'data', '{"n":' .. n .. '}')`
  await server.cli('eval', `for n = ${first}, ${first + ENTRIES - 1} do ${each} end`, 1, 'orders')
}

/** Ids and numbers of the copies. */
async function copiesIn(server: TestRedis): Promise<readonly (readonly [id: string, n: number])[]> {
  const entries = JSON.parse(await server.cli('--json', 'xrange', 'copies', '-', '+')) as [string, string[]][]
  return entries.map(([, [, json, , id]]) => [id!, (JSON.parse(json!) as { n: number }).n])
}

test(
  `two daemons share a stream, and are killed ${KILLS} times, their server too: each entry takes effect once (SLUICE_TEST_SEED=${SEED})`,
  async () => {
    const random = seededRandom(SEED)
    const server = await TestRedis.start({ appendonly: 'yes', appendfsync: 'always', 'maxmemory-policy': 'noeviction' })
    const daemons = new Daemons(server.url)
    for (const consumer of ['one', 'two']) daemons.start(consumer)
    for (let kill = 0; kill < KILLS; kill++) {
      await add(server, kill * ENTRIES)
      const consumer = random() < 0.5 ? 'one' : 'two'
      await daemons.isRunning(consumer)
      const enough = (kill + random()) * ENTRIES
      await until(
        async () => Number(await server.cli('xlen', 'copies')) >= enough,
        () => `${enough} copies:\n${daemons.stderr}`,
      )
      await daemons.kill(consumer)
      if (kill % 4 === 3) await server.restart()
      // The last one stays dead: the other takes over what it had.
      if (kill < KILLS - 1) daemons.start(consumer)
    }
    await until(
      async () => {
        const [pending, length] = [await server.cli('xpending', 'orders', 'bridge'), await server.cli('xlen', 'copies')]
        return pending.startsWith('0') && Number(length) >= KILLS * ENTRIES
      },
      () => `an end:\n${daemons.stderr}`,
    )
    const copies = await copiesIn(server)
    expect(copies.every(([id, n]) => id === `order:${n}`)).toBe(true)
    expect(new Set(copies.map(([, n]) => n)).size).toBe(KILLS * ENTRIES)
    expect(copies).toHaveLength(KILLS * ENTRIES)
  },
  LIMIT_MS,
)
