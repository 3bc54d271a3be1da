import { Agent } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { errnoOf } from '../../../src/kit/errno.ts'
import { post } from '../../e2e/clients.ts'

export const PER_BODY = 50
/** Delivered or stored; stored by a durable door. */
const TAKEN = new Set([200, 204])
/** Longer than any answer takes, also where the gate is shut: a daemon is killed before. */
const ANSWER_DEADLINE_MS = 60_000
/** Between bodies, and before a body is sent again. */
const PAUSE_MS = 20
/** Nobody begins a body while so much is stored: it would only take longer to be delivered. */
const MOST_STORED = 3000

/** What a sender has been told. */
export interface Sent {
  /** Of all its posts, counted from zero, those that were answered with 2xx, and the number of their first message. */
  readonly confirmed: readonly { readonly post: number; readonly first: number }[]
}

interface Sender {
  posts: number
  readonly confirmed: { readonly post: number; readonly first: number }[]
}

/**
 * Senders that post numbered messages, each one body after the other, and again until it is answered with 2xx. Each message
 * says by which post it came: so a sender's messages enter the daemon in the order of their posts and numbers.
 */
export class Senders {
  /** How many of them may begin a body. */
  active = 0
  readonly surprises: string[] = []
  /** Posts that reached somebody, and were not answered, or with 503: their bodies were posted again. */
  repeated = 0
  readonly #urls: readonly string[]
  readonly #agent = new Agent({ keepAlive: true })
  readonly #senders: readonly Sender[]
  readonly #ends: readonly Promise<void>[]
  #isFull = false
  #isStopped = false
  #isAborted = false

  /** @param urls where they post to, in turn. */
  constructor(urls: readonly string[], count: number) {
    this.#urls = urls
    this.#senders = Array.from({ length: count }, () => ({ posts: 0, confirmed: [] }))
    this.#ends = this.#senders.map((_, index) => this.#send(index))
  }

  get sent(): readonly Sent[] {
    return this.#senders
  }

  /** Messages. */
  get confirmed(): number {
    return this.#senders.reduce((sum, { confirmed }) => sum + confirmed.length * PER_BODY, 0)
  }

  see({ stored }: { readonly stored: number }): void {
    this.#isFull = stored > MOST_STORED
  }

  /** Resolves when each has had its last body answered with 200. */
  async stop(): Promise<void> {
    this.#isStopped = true
    await Promise.all(this.#ends)
    this.#agent.destroy()
  }

  /** Ends them, answered or not. */
  async abort(): Promise<void> {
    this.#isAborted = true
    this.#agent.destroy()
    await this.stop()
  }

  async #send(index: number): Promise<void> {
    const sender = this.#senders[index]!
    for (let first = 0; ; first += PER_BODY) {
      do await pause(PAUSE_MS)
      while ((index >= this.active || this.#isFull) && !this.#isStopped)
      if (this.#isStopped) return
      while (!(await this.#isTaken(index, first))) {
        if (this.#isAborted) return
        await pause(PAUSE_MS)
      }
      sender.confirmed.push({ post: sender.posts - 1, first })
    }
  }

  async #isTaken(index: number, first: number): Promise<boolean> {
    const sender = this.#senders[index]!
    const signal = AbortSignal.timeout(ANSWER_DEADLINE_MS)
    const url = this.#urls[index % this.#urls.length]!
    const text = bodyOf({ sender: index, post: sender.posts++ }, first)
    try {
      const { status, body } = await post(url, text, { type: 'application/x-ndjson', agent: this.#agent, signal })
      if (!TAKEN.has(status) && status !== 503) this.surprises.push(`answered with ${status}: ${body}`)
      if (status === 503) this.repeated++
      return TAKEN.has(status)
    } catch (error) {
      if (errnoOf(error) !== 'ECONNREFUSED') this.repeated++
      if (signal.aborted) this.surprises.push(`not answered within ${ANSWER_DEADLINE_MS / 1000} s: ${errnoOf(error)}`)
      return false
    }
  }
}

function bodyOf(origin: { readonly sender: number; readonly post: number }, first: number): string {
  const message = (index: number) => `${JSON.stringify({ ...origin, number: first + index })}\n`
  return Array.from({ length: PER_BODY }, (_, index) => message(index)).join('')
}
