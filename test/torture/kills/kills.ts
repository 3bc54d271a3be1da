import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { seeded } from '../../e2e/clients.ts'
import { SluiceProcess, within } from '../../e2e/process.ts'
import { freePort } from '../daemon.ts'
import { guarded } from '../guarded.ts'
import { isTorn, linesOf } from '../ledger.ts'
import { Gatekeeper } from './gatekeeper.ts'
import { BOUND, type KillsReport } from './kills-report.ts'
import { placeOf, type Aof, type Place, type StoreName } from './place.ts'
import { Senders } from './senders.ts'
import { judgeSequence } from './sequence.ts'
import { BURST, reach } from './targets.ts'
import { STATES, Telling, type State } from './telling.ts'

/** After each so many kills of the daemon the server is killed as well; and once more while the daemon lives. */
const SERVER_EVERY = 5
/** A state is tried this often for each kill that it is to have; what is missed counts for the state that it was in. */
const TRIES = 6
/** An overflow opens for as long as an append takes, and drains while it waits for a read: so long that it can be seen, and met. */
const SLOW_MS: Readonly<Record<State, number>> = { direct: 0, opening: 20, spilling: 0, draining: 40, closing: 0 }
/** At once, or after a store could not be reached at first. */
const OPEN = / is running$|^every node is open now$/
/** Of the store: what nobody does wrong is told while its server is away. */
const OUTAGE = /overflow in trouble|redis|Redis/

export interface KillsOptions {
  readonly store: StoreName
  readonly perState: number
  /** `everysec` by default. A server without AOF loses what it has confirmed when it is killed: the judge must find that. */
  readonly aof?: Aof
  readonly seed: number
  /** Where the ledger, the store and the config go. */
  readonly folder: string
  readonly onKill?: (kills: number) => void
}

interface World {
  readonly place: Place
  readonly gate: Gatekeeper
  readonly port: number
  readonly adminPort: number
  readonly random: () => number
}

/** Kills the daemon so many times in each state of its overflow, then holds the ledger against what senders were told. */
export async function killByState(options: KillsOptions): Promise<KillsReport> {
  const random = seeded(options.seed)
  const place = await placeOf(options.store, options.aof ?? 'everysec')
  const gate = await Gatekeeper.start()
  try {
    const ports = { port: await freePort(Math.random), adminPort: await freePort(Math.random) }
    return await new Kills(options, { place, gate, ...ports, random }).toTheirEnd()
  } finally {
    gate.close()
    await place.close()
  }
}

class Kills {
  readonly #options: KillsOptions
  readonly #world: World
  readonly #senders: Senders
  readonly #ledger: string
  readonly #config: string
  readonly #kills: Record<State, number> = { direct: 0, opening: 0, spilling: 0, draining: 0, closing: 0 }
  readonly #violations: string[] = []
  #serverKills = 0
  #missed = 0
  #lostByServer = 0
  #runs = 0
  #daemon: SluiceProcess | undefined

  constructor(options: KillsOptions, world: World) {
    this.#options = options
    this.#world = world
    this.#senders = new Senders([`http://127.0.0.1:${world.port}/messages`], BURST)
    this.#ledger = join(options.folder, 'ledger.ndjson')
    this.#config = join(options.folder, 'spilled.yaml')
    const template = readFileSync(new URL('spilled.yaml', import.meta.url), 'utf8')
    const plugin = fileURLToPath(new URL('gate.ts', import.meta.url))
    writeFileSync(this.#config, template.replaceAll('GATE_PLUGIN', plugin).replaceAll('STORE', world.place.config))
  }

  async toTheirEnd(): Promise<KillsReport> {
    const run = { daemon: () => this.#daemon, senders: this.#senders, violations: this.#violations }
    await guarded(run, async () => {
      await this.#killAll()
      await this.#finish()
    })
    return await this.#report()
  }

  async #killAll(): Promise<void> {
    const { perState, onKill } = this.#options
    for (let round = 0; ; round++) {
      const missing = STATES.filter((state) => this.#kills[state] < perState)
      if (missing.length === 0) return
      if (round > TRIES * perState * STATES.length) throw new Error(`no kills while ${missing.join(', ')}`)
      const wanted = missing[round % missing.length]!
      const struck = await this.#strike(wanted, round % SERVER_EVERY === SERVER_EVERY - 1)
      this.#kills[struck] += 1
      if (struck !== wanted) this.#missed += 1
      onKill?.(round + 1)
    }
  }

  /** @returns the state that was told last before the kill. */
  async #strike(wanted: State, isServerToo: boolean): Promise<State> {
    const { place, gate, random } = this.#world
    place.slowMs = SLOW_MS[wanted]
    const { daemon, telling } = await this.#start()
    const hands = { gate, senders: this.#senders, telling, random }
    if (isServerToo) await this.#outage(telling)
    const state = await reach(wanted, hands)
    // Half of the time the server goes first.
    const restarted = isServerToo && random() < 0.5 ? this.#restart() : undefined
    await daemon.kill()
    await restarted
    if (isServerToo && restarted === undefined) await this.#restart()
    telling.end()
    this.#look(daemon, isServerToo)
    return state
  }

  /** The server is killed under a daemon that lives. */
  async #outage(telling: Telling): Promise<void> {
    if (this.#world.place.restart === undefined) return
    await this.#restart()
    await telling.until(({ trouble }) => trouble === null, 'the store to go on')
  }

  async #restart(): Promise<void> {
    if (this.#world.place.restart === undefined) return
    await this.#world.place.restart()
    this.#serverKills += 1
  }

  async #start(): Promise<{ readonly daemon: SluiceProcess; readonly telling: Telling }> {
    const { place, gate, port, adminPort } = this.#world
    const env = {
      PORT: String(port),
      GATE: String(gate.port),
      RUN: String(++this.#runs),
      DISK: `${place.diskMs}ms`,
      LEDGER: this.#ledger,
      SLUICE_DATA_DIR: join(this.#options.folder, 'data'),
    }
    const daemon = new SluiceProcess(['run', this.#config, '--admin-port', String(adminPort)], { env })
    this.#daemon = daemon
    await daemon.logged(({ msg }) => OPEN.test(msg), 'that every node is open')
    const health = `http://127.0.0.1:${adminPort}/health`
    return { daemon, telling: new Telling(health, (told) => this.#senders.see(told)) }
  }

  /** The last start delivers what is stored, and is stopped well. */
  async #finish(): Promise<void> {
    const { place, gate } = this.#world
    place.slowMs = 0
    gate.open()
    const { daemon, telling } = await this.#start()
    this.#senders.active = 0
    await within(this.#senders.stop(), () => 'the last answers')
    await telling.until(({ state, stored }) => state === 'direct' && stored === 0, 'an empty store')
    telling.end()
    daemon.send('SIGTERM')
    const { exitCode } = await within(daemon.ended, () => `the end of a drain:\n${daemon.stderr}`)
    this.#look(daemon, false)
    if (exitCode !== 0) this.#violations.push(`the last drain ended with ${exitCode}`)
    if (await isTorn(this.#ledger)) this.#violations.push('the last line has no end')
  }

  #look(daemon: SluiceProcess, hadOutage: boolean): void {
    for (const { msg, level, messages, ...rest } of daemon.log) {
      if (msg === 'overflow lost messages') this.#lostByServer += Number(messages)
      else if (level === 'error' && !(hadOutage && OUTAGE.test(`${msg} ${JSON.stringify(rest)}`)))
        this.#violations.push(`in the log: ${msg} ${JSON.stringify(rest)}`)
    }
  }

  async #report(): Promise<KillsReport> {
    const { store, seed, folder } = this.#options
    const verdict = await judgeSequence(linesOf(this.#ledger), { sent: this.#senders.sent, bound: BOUND })
    return {
      ...verdict,
      violations: [...this.#violations, ...this.#senders.surprises, ...verdict.violations],
      store,
      seed,
      folder,
      kills: this.#kills,
      missed: this.#missed,
      serverKills: this.#serverKills,
      lostByServer: this.#lostByServer,
      confirmed: this.#senders.confirmed,
      repeated: this.#senders.repeated,
    }
  }
}
