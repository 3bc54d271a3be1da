import { Agent } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { errnoOf } from '../../src/kit/errno.ts'
import { post, seeded, type Answer } from '../e2e/clients.ts'
import { writeLetter, type Letter } from './payments.ts'

/** Longer than any answer takes on a busy machine. */
const ANSWER_DEADLINE_MS = 20_000
const LONGEST_PAUSE_MS = 50

/** A letter on its way. */
interface Attempt {
  readonly letter: Letter
}

/** Clients that post letters, one after the other, each again and again until it is answered with 2xx. */
export class Crowd {
  /** Where they post to; may change whenever the daemon is started again. */
  url = ''
  /** Answers that a client which does all right must not get. */
  readonly surprises: string[] = []
  /** Every letter that was sent, by the identities of its payments. */
  readonly letters = new Map<string, Letter>()
  /** Payments that have been answered with 2xx. */
  confirmedCount = 0
  /** Each time that a letter was sent, and of those the second and later ones; what found nobody was not sent. */
  posts = 0
  resent = 0
  /** Payments that kills found sent and not answered. */
  exposed = 0
  #kills = 0
  readonly #agent: Agent
  readonly #clients: readonly Promise<void>[]
  readonly #underWay = new Set<Attempt>()
  /** What was under way at some time of the daemon's dying; undefined while it lives. */
  #struck: Set<Attempt> | undefined
  #isStopped = false
  #isAborted = false

  constructor(url: string, { seed, clients }: { readonly seed: number; readonly clients: number }) {
    this.url = url
    this.#agent = new Agent({ keepAlive: true, maxSockets: clients })
    this.#clients = Array.from({ length: clients }, (_, index) => this.#client(index, seeded(seed + 1 + index)))
  }

  /** From now until `endDying` what is posted may reach the daemon or not. */
  beginDying(): void {
    this.#struck = new Set(this.#underWay)
  }

  endDying(wasKilled: boolean): void {
    const struck = new Set(Array.from(this.#struck ?? [], ({ letter }) => letter))
    this.#struck = undefined
    if (!wasKilled) return
    this.#kills += 1
    for (const letter of struck) {
      letter.exposures += 1
      this.exposed += letter.ids.length
    }
  }

  /** Resolves when every client has had its last letter answered with 2xx. */
  async stop(): Promise<void> {
    this.#isStopped = true
    await Promise.all(this.#clients)
    this.#agent.destroy()
  }

  /** Ends the clients, answered or not. */
  async abort(): Promise<void> {
    this.#isAborted = true
    this.#agent.destroy()
    await this.stop()
  }

  async #client(index: number, random: () => number): Promise<void> {
    for (let number = 0; !this.#isStopped; number++) {
      const { letter, body } = writeLetter(`p-${index}-${number}`, random)
      for (const id of letter.ids) this.letters.set(id, letter)
      while (!this.#isAborted && !(await this.#isDelivered(letter, body))) await pause(random() * LONGEST_PAUSE_MS)
    }
  }

  async #isDelivered(letter: Letter, body: string): Promise<boolean> {
    const answer = await this.#post(letter, body)
    return answer !== undefined && this.#isFinal(letter, answer)
  }

  /** @returns undefined where the connection broke, or there was none. */
  async #post(letter: Letter, body: string): Promise<Answer | undefined> {
    const attempt: Attempt = { letter }
    this.#underWay.add(attempt)
    this.#struck?.add(attempt)
    const signal = AbortSignal.timeout(ANSWER_DEADLINE_MS)
    try {
      const answer = await post(this.url, body, { key: letter.key, agent: this.#agent, signal })
      this.#countPost(letter)
      return answer
    } catch (error) {
      if (errnoOf(error) === 'ECONNREFUSED') this.#struck?.delete(attempt)
      else this.#countPost(letter)
      if (signal.aborted) this.surprises.push(`${letter.key} was not answered within ${ANSWER_DEADLINE_MS / 1000} s`)
      return undefined
    } finally {
      this.#underWay.delete(attempt)
    }
  }

  #countPost(letter: Letter): void {
    this.posts += 1
    if (letter.posts > 0) this.resent += 1
    letter.posts += 1
  }

  /** 503 says: send it again. Anything else but a plain 2xx is a surprise, after which nothing more can be expected. */
  #isFinal(letter: Letter, { status, body }: Answer): boolean {
    if (status === 503) return false
    const isConfirmed = status === 204 || ((status === 200 || status === 202) && !hasFailures(body))
    if (!isConfirmed)
      this.surprises.push(`${letter.key} was answered with ${status} after ${this.#kills} kills: ${body}`)
    else {
      letter.confirmedAfter = this.#kills
      this.confirmedCount += letter.ids.length
    }
    return true
  }
}

/** Of a list, some may have failed. */
function hasFailures(body: string): boolean {
  const { failed = [] } = JSON.parse(body) as { readonly failed?: readonly unknown[] }
  return failed.length > 0
}
