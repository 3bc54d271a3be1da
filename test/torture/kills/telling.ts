import { Agent, get } from 'node:http'
import { performance } from 'node:perf_hooks'
import { setTimeout as pause } from 'node:timers/promises'

export const STATES = ['direct', 'opening', 'spilling', 'draining', 'closing'] as const
export type State = (typeof STATES)[number]

/** What /health tells of an overflow, as far as is looked at here. */
export interface Told {
  readonly state: State
  readonly stored: number
  readonly trouble: string | null
  readonly dropped: Readonly<Record<string, number>>
}

const DEADLINE_MS = 30_000
const SOON_MS = 150

/** Asks a daemon for the state of its overflow, over and over, one question at a time. */
export class Telling {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 })
  readonly #health: string
  readonly #onTold: (told: Told) => void
  last: Told | undefined

  constructor(health: string, onTold: (told: Told) => void) {
    this.#health = health
    this.#onTold = onTold
  }

  async ask(): Promise<Told> {
    const { pipelines } = JSON.parse(await this.#get()) as { pipelines: readonly [{ overflows: readonly [Told] }] }
    const [told] = pipelines[0].overflows
    this.last = told
    this.#onTold(told)
    return told
  }

  /** Resolves with the first answer that fits; asks every millisecond or so. */
  async until(fits: (told: Told) => boolean, what: string): Promise<Told> {
    const deadline = performance.now() + DEADLINE_MS
    for (;;) {
      const told = await this.ask()
      if (fits(told)) return told
      if (performance.now() > deadline) throw new Error(`waited in vain for ${what}; it is ${JSON.stringify(told)}`)
      await pause(1)
    }
  }

  /** The same for a state that comes and goes. @returns what fits; or what was told last, after a little while */
  async soon(fits: (told: Told) => boolean): Promise<Told> {
    const end = performance.now() + SOON_MS
    let told = this.last ?? (await this.ask())
    while (!fits(told) && performance.now() < end) told = await this.ask()
    return told
  }

  /** Goes on asking for a while, without a pause. @returns what was told last */
  async during(ms: number): Promise<Told> {
    const end = performance.now() + ms
    let told = await this.ask()
    while (performance.now() < end) told = await this.ask()
    return told
  }

  end(): void {
    this.#agent.destroy()
  }

  #get(): Promise<string> {
    return new Promise((resolve, reject) => {
      get(this.#health, { agent: this.#agent }, (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (piece: string) => (text += piece))
        response.on('end', () => resolve(text))
        response.on('error', reject)
      }).on('error', reject)
    })
  }
}
