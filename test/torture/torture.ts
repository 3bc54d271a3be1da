import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { seeded } from '../e2e/clients.ts'
import { until, within } from '../e2e/process.ts'
import { Crowd } from './crowd.ts'
import { Daemon, freePort } from './daemon.ts'
import { hasAll, isTorn, judge, linesOf, tear, type Verdict } from './ledger.ts'
import { makePayment } from './payments.ts'
import type { TortureReport } from './report.ts'
import { guarded } from './guarded.ts'

/** Where kills strike, in turn: at any time, just after an answer, while it starts, while it drains. */
const PLACES = ['running', 'answering', 'starting', 'answering', 'draining'] as const
type Place = (typeof PLACES)[number]

const LONGEST_RUN_MS = 500
const LONGEST_DRAIN_MS = 40
const MOST_ANSWERED = 100
const LOOK_AGAIN_MS = 100
/** After each so many kills a torn line is put there; a number that meets every place and either pipeline. */
const TORN_EVERY = 3
const LONGEST_TORN = 200_000

export interface TortureOptions {
  readonly kills: number
  readonly seed: number
  readonly clients: number
  /** Where the ledger goes. */
  readonly folder: string
  /** What the door says before the ledger has it is lost at a kill: with `accepted` the torture must find that. */
  readonly reply?: 'delivered' | 'accepted'
  /** Whether payments are answered when they are stored, by a pipeline of its own. */
  readonly isStored?: boolean
  readonly onKill?: (kills: number) => void
}

/** Kills the daemon again and again while clients post, then holds the ledger against what they were told. */
export async function torture(options: TortureOptions): Promise<TortureReport> {
  const random = seeded(options.seed)
  const run = new Torture(options, { random, port: await freePort(random) })
  return await run.toItsEnd()
}

class Torture {
  readonly #options: TortureOptions
  readonly #random: () => number
  readonly #port: number
  readonly #ledger: string
  readonly #crowd: Crowd
  readonly #kills: Record<Place, number> = { running: 0, answering: 0, starting: 0, draining: 0 }
  readonly #torn = { byKills: 0, planted: 0, cut: 0 }
  readonly #startsMs: number[] = []
  readonly #violations: string[] = []
  /** The torn line was put there, and no daemon has lived long enough to say that it has cut it off. */
  #isPlanted = false
  #drained = 0
  #starts = 0
  #daemon: Daemon | undefined

  constructor(options: TortureOptions, { random, port }: { readonly random: () => number; readonly port: number }) {
    this.#options = options
    this.#random = random
    this.#port = port
    this.#ledger = join(options.folder, 'ledger.ndjson')
    this.#crowd = new Crowd(`http://127.0.0.1:${port}/payments`, options)
  }

  async toItsEnd(): Promise<TortureReport> {
    const run = { daemon: () => this.#daemon, senders: this.#crowd, violations: this.#violations }
    await guarded(run, async () => {
      await this.#killAll()
      await this.#finish()
    })
    const storeKills = this.#options.isStored === true ? this.#options.kills : 0
    return this.#report(await judge(linesOf(this.#ledger), this.#crowd.letters, storeKills))
  }

  async #killAll(): Promise<void> {
    const { kills, onKill } = this.#options
    for (let killed = 0, round = 0; killed < kills; round++) {
      // Of five rounds one at most ends before its kill, unless something is wrong.
      if (round > 2 * kills + PLACES.length) throw new Error(`only ${killed} kills in ${round} rounds`)
      const wasKilled = await this.#strike(PLACES[round % PLACES.length]!)
      await this.#tear(round)
      if (!wasKilled) continue
      killed += 1
      onKill?.(killed)
    }
  }

  /** @returns whether the kill came before the end. */
  async #strike(place: Place): Promise<boolean> {
    const daemon = await this.#start(place)
    if (place === 'starting') await pause(this.#random() * 1.2 * (this.#startsMs.at(-1) ?? 0))
    else await this.#wait(place, daemon)
    this.#crowd.beginDying()
    const { signal, exitCode } = await daemon.kill()
    const wasKilled = signal === 'SIGKILL'
    this.#crowd.endDying(wasKilled)
    this.#look(daemon)
    if (wasKilled) this.#kills[place] += 1
    else if (place === 'draining' && exitCode === 0) this.#drained += 1
    else this.#violations.push(`a daemon ended by itself, with ${exitCode}, while it was ${place}`)
    return wasKilled
  }

  async #start(place: Place): Promise<Daemon> {
    // On a port of its own it is found while it starts.
    const port = place === 'starting' || this.#random() < 0.5 ? this.#port : 0
    const { reply = 'delivered', isStored = false, folder } = this.#options
    const dataFolder = join(folder, 'data')
    const daemon = new Daemon({ number: this.#starts++, port, ledger: this.#ledger, reply, isStored, dataFolder })
    this.#daemon = daemon
    if (place === 'starting') {
      this.#crowd.url = `http://127.0.0.1:${port}/payments`
      return daemon
    }
    const { url, startMs } = await daemon.isRunning()
    this.#crowd.url = url
    this.#startsMs.push(startMs)
    return daemon
  }

  async #wait(place: Place, daemon: Daemon): Promise<void> {
    if (place === 'answering') {
      const enough = this.#crowd.confirmedCount + 1 + Math.floor(this.#random() * MOST_ANSWERED)
      await until(
        () => this.#crowd.confirmedCount >= enough || daemon.hasEnded,
        () => `${enough} payments, after ${this.#crowd.confirmedCount}`,
      )
      return
    }
    await pause(this.#random() * LONGEST_RUN_MS)
    if (place !== 'draining') return
    daemon.drain()
    await Promise.race([daemon.ended, pause(this.#random() * LONGEST_DRAIN_MS)])
  }

  /** Few kills are in the middle of a write: so some of what they would leave is put there. */
  async #tear(round: number): Promise<void> {
    const isTornAlready = await isTorn(this.#ledger)
    if (isTornAlready && !this.#isPlanted) this.#torn.byKills += 1
    if (isTornAlready || round % TORN_EVERY !== 1) return
    const payment = makePayment(`torn-${round}`, Math.floor(this.#random() ** 3 * LONGEST_TORN), this.#random)
    await tear(this.#ledger, payment, this.#random)
    this.#torn.planted += 1
    this.#isPlanted = true
  }

  /** The last start takes what is still to be delivered, and is stopped well. */
  async #finish(): Promise<void> {
    const daemon = await this.#start('running')
    await within(this.#crowd.stop(), () => 'the last answers')
    if (this.#options.isStored === true) await within(this.#allDelivered(), () => 'what is stored in the ledger')
    const { exitCode } = await daemon.stop()
    this.#look(daemon)
    if (exitCode !== 0) this.#violations.push(`the last drain ended with ${exitCode}`)
    if (await isTorn(this.#ledger)) this.#violations.push('the last line has no end')
  }

  /** What is stored is left there by a drain: it is waited for. */
  async #allDelivered(): Promise<void> {
    while (!(await hasAll(linesOf(this.#ledger), this.#crowd.letters))) await pause(LOOK_AGAIN_MS)
  }

  #look(daemon: Daemon): void {
    if (daemon.hasCut) {
      this.#torn.cut += 1
      this.#isPlanted = false
    }
    for (const line of daemon.noise) this.#violations.push(`on standard error: ${line}`)
  }

  #report(verdict: Verdict): TortureReport {
    const { seed, clients, folder } = this.#options
    const { posts, resent, confirmedCount, exposed, surprises } = this.#crowd
    return {
      ...verdict,
      violations: [...this.#violations, ...surprises, ...verdict.violations],
      seed,
      clients,
      folder,
      kills: this.#kills,
      drained: this.#drained,
      posts,
      resent,
      confirmed: confirmedCount,
      bound: exposed,
      torn: this.#torn,
      startsMs: this.#startsMs.toSorted((one, other) => one - other),
    }
  }
}
