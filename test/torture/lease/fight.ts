import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { asError } from '../../../src/core/errors.ts'
import { seeded } from '../../e2e/clients.ts'
import { SluiceProcess, until } from '../../e2e/process.ts'
import { TestRedis } from '../../support/redis-server.ts'
import { freePort } from '../daemon.ts'
import { Senders } from '../kills/senders.ts'
import { judgeSequence, type SequenceVerdict } from '../kills/sequence.ts'
import { Book } from './book.ts'
import { FIGHT_BOUND, UNDER_WAY, type FightReport } from './fight-report.ts'

const LEASE_MS = 900
/** A paused owner has lost its lease when it wakes up; somebody else has it by then, or will soon. */
const LONGEST_PAUSE_MS = 3 * LEASE_MS
const SKEWS_MS = [-7 * 60_000, 11 * 60_000]
/** Lines that show that somebody delivers. */
const GOES_ON = 100
const SKEW = new URL('skew.mjs', import.meta.url).href

export interface FightOptions {
  readonly ms: number
  readonly seed: number
  /** Where config and state of the daemons go. */
  readonly folder: string
}

/** Two daemons, of which one at a time may have the store: each is paused or killed again and again. */
export async function fight(options: FightOptions): Promise<FightReport> {
  const random = seeded(options.seed)
  const settings = { appendonly: 'yes', appendfsync: 'everysec', 'maxmemory-policy': 'noeviction' }
  const redis = await TestRedis.launch(settings)
  const book = await Book.open()
  const ports = [await freePort(Math.random), await freePort(Math.random)]
  const run = new Fight(options, { redis, book, ports, random })
  try {
    return await run.toItsEnd()
  } finally {
    book.close()
    await redis.destroy()
  }
}

interface World {
  readonly redis: TestRedis
  readonly book: Book
  readonly ports: readonly number[]
  readonly random: () => number
}

/** A daemon since its last start. */
interface Fighter {
  readonly place: number
  readonly run: number
  readonly process: SluiceProcess
}

class Fight {
  readonly #options: FightOptions
  readonly #world: World
  readonly #senders: Senders
  readonly #config: string
  readonly #fighters: Fighter[] = []
  readonly #violations: string[] = []
  #runs = 0
  #pauses = 0
  #kills = 0
  #takeOvers = 0
  #mostLate = 0

  constructor(options: FightOptions, world: World) {
    this.#options = options
    this.#world = world
    this.#senders = new Senders(
      world.ports.map((port) => `http://127.0.0.1:${port}/messages`),
      world.ports.length,
    )
    this.#config = join(options.folder, 'shared.yaml')
    const template = readFileSync(new URL('shared.yaml', import.meta.url), 'utf8')
    const plugin = fileURLToPath(new URL('sink.ts', import.meta.url))
    writeFileSync(this.#config, template.replaceAll('SINK_PLUGIN', plugin).replaceAll('REDIS', `'${world.redis.url}'`))
  }

  async toItsEnd(): Promise<FightReport> {
    try {
      for (const place of SKEWS_MS.keys()) this.#fighters[place] = this.#start(place)
      this.#senders.active = SKEWS_MS.length
      const end = performance.now() + this.#options.ms
      for (let round = 0; performance.now() < end; round++) await this.#strike(round % 3 === 2)
      await this.#finish()
    } catch (error) {
      this.#violations.push(asError(error).message)
    } finally {
      await Promise.all(this.#fighters.map(({ process }) => process.kill()))
      await this.#senders.abort()
    }
    return await this.#report()
  }

  /** The one that delivers is killed and started again, or paused until the other one delivers; then it goes on. */
  async #strike(isKilled: boolean): Promise<void> {
    const { book } = this.#world
    const owner = await this.#delivering()
    await pause(this.#world.random() * LEASE_MS)
    if (isKilled) {
      await owner.process.kill()
      this.#look(owner)
      this.#fighters[owner.place] = this.#start(owner.place)
      this.#kills++
      return
    }
    const other = this.#fighters[1 - owner.place]!
    const before = book.countOf(other.run)
    owner.process.send('SIGSTOP')
    this.#pauses++
    // Some wake up when their lease has just run out, and nobody has it yet; the others find somebody else.
    if (this.#world.random() < 0.5) await pause(LEASE_MS + this.#world.random() * (LONGEST_PAUSE_MS - LEASE_MS))
    else await this.#goesOn(other)
    const found = book.countOf(owner.run)
    const isTaken = book.countOf(other.run) > before
    owner.process.send('SIGCONT')
    if (!isTaken) return
    this.#takeOvers++
    await this.#goesOn(other)
    this.#late(owner, book.countOf(owner.run) - found)
  }

  /** What an owner still delivers that has lost its lease while it was paused: at most what was under way. */
  #late({ run }: Fighter, count: number): void {
    this.#mostLate = Math.max(this.#mostLate, count)
    if (count > UNDER_WAY) this.#violations.push(`run ${run} has delivered ${count} after another one had the lease`)
  }

  async #goesOn({ run, process }: Fighter): Promise<void> {
    const enough = this.#world.book.countOf(run) + GOES_ON
    await until(
      () => this.#world.book.countOf(run) >= enough,
      () => `run ${run} to deliver ${enough}, after ${this.#world.book.countOf(run)}:\n${process.stderr}`,
    )
  }

  /** The one that has delivered last, once it delivers. */
  async #delivering(): Promise<Fighter> {
    const { book } = this.#world
    const enough = book.lines.length + GOES_ON
    await until(
      () => book.lines.length >= enough,
      () => `anybody to deliver:\n${this.#fighters.map(({ process }) => process.stderr).join('\n')}`,
    )
    return this.#fighters.find(({ run }) => run === book.last) ?? this.#fighters[0]!
  }

  #start(place: number): Fighter {
    const { book, ports } = this.#world
    const run = ++this.#runs
    const env = {
      PORT: String(ports[place]),
      BOOK: String(book.port),
      RUN: String(run),
      SLUICE_DATA_DIR: join(this.#options.folder, `data-${place}`),
      CLOCK_SKEW_MS: String(SKEWS_MS[place]),
      NODE_OPTIONS: `--import=${SKEW}`,
    }
    return { place, run, process: new SluiceProcess(['run', this.#config, '--admin-port', '0'], { env }) }
  }

  /** One of them stops, the other one delivers what is left. */
  async #finish(): Promise<void> {
    await this.#delivering()
    await this.#senders.abort()
    const [first, second] = this.#fighters as [Fighter, Fighter]
    for (const each of [first, second]) {
      // Both have been asked for their turn: the last to be stopped has delivered all.
      if (each === second) await this.#allDelivered()
      each.process.send('SIGTERM')
      await each.process.ended
      this.#look(each)
    }
  }

  async #allDelivered(): Promise<void> {
    const { book, redis } = this.#world
    const keys = (await redis.cli('keys', '*:commit')).trim()
    // The last frame stays there while its messages are delivered, and for a while longer.
    await until(
      async () =>
        Number(await redis.cli('xlen', keys.replace(/:commit$/, ':frames'))) <= 1 && (await this.#verdict()).lost === 0,
      () => `an empty store, after ${book.lines.length} lines:\n${this.#fighters[1]!.process.stderr}`,
    )
  }

  #look({ process }: Fighter): void {
    for (const { msg, level, ...rest } of process.log)
      if (msg === 'overflow lost messages') this.#violations.push(`in the log: ${level} ${msg} ${JSON.stringify(rest)}`)
  }

  async #verdict(): Promise<SequenceVerdict> {
    const { book } = this.#world
    async function* lines() {
      yield* book.lines
    }
    return await judgeSequence(lines(), { sent: this.#senders.sent, bound: FIGHT_BOUND })
  }

  async #report(): Promise<FightReport> {
    const verdict = await this.#verdict()
    return {
      ...verdict,
      violations: [...this.#violations, ...this.#senders.surprises, ...verdict.violations],
      seed: this.#options.seed,
      confirmed: this.#senders.confirmed,
      pauses: this.#pauses,
      kills: this.#kills,
      takeOvers: this.#takeOvers,
      mostLate: this.#mostLate,
    }
  }
}
