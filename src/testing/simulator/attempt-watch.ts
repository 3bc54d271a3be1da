import type { ErrorKind } from '../../core/errors.ts'
import type { Message } from '../../core/message.ts'
import type { World } from './world.ts'

/** A call with these messages. */
interface Tried {
  readonly node: string
  readonly messages: readonly Message[]
  readonly since: number
  state: 'running' | 'failed' | 'over'
}

/** What is known of a message since its last call; `undefined` where the kernel may count it or not. */
interface Known {
  readonly node: string
  readonly attempt: number
  isCounted: boolean | undefined
}

/** Calls that have run nearly so long may have been taken for lost already; ms before their timeout. */
const DOUBT_MS = 20

/**
 * Knows which attempt each call is (A3, D14): one that failed by its message's own fault, alone, and one that was cut off
 * by a restart, is counted; an outage is not.
 */
export class AttemptWatch {
  readonly #world: World
  readonly #timeoutMs: number
  readonly #violated: (invariant: string, detail: string) => void
  readonly #known = new WeakMap<Message, Known>()
  /** Calls that run, or have failed and not come again, by node. */
  readonly #last = new Map<string, Set<Tried>>()

  constructor(world: World, timeoutMs: number, violated: (invariant: string, detail: string) => void) {
    this.#world = world
    this.#timeoutMs = timeoutMs
    this.#violated = violated
  }

  /** A call begins. @returns what to say when it answers, or fails. */
  began(node: string, messages: readonly Message[]): { answered(): void; failed(kind: ErrorKind): void } {
    for (const message of messages) this.#check(node, message)
    const tried: Tried = { node, messages, since: this.#world.time, state: 'running' }
    this.#lastAt(node).add(tried)
    const answered = (): void => {
      if (tried.state === 'running') this.#lastAt(node).delete(tried)
    }
    const failed = (kind: ErrorKind): void => {
      if (tried.state !== 'running') return
      tried.state = 'failed'
      if (kind === 'message' && messages.length === 1) this.#count(messages, true)
    }
    return { answered, failed }
  }

  /** A node starts again: what was under way there counts as an attempt. */
  restarted(node: string): void {
    for (const tried of this.#lastAt(node)) {
      const isCutOff = tried.state === 'running' && this.#world.time - tried.since < this.#timeoutMs - DOUBT_MS
      this.#count(tried.messages, isCutOff ? true : undefined)
      tried.state = 'over'
    }
    this.#last.delete(node)
  }

  /** A call gives these back, because of the place; how it ends itself is nothing to them. */
  comesAgain(message: Message): void {
    this.#known.delete(message)
  }

  /** A call that had answered has failed after all. */
  failsLater(message: Message): void {
    this.#count([message], true)
  }

  #check(node: string, message: Message): void {
    const known = this.#known.get(message)
    if (known?.node === node && known.isCounted !== undefined) {
      const expected = known.attempt + (known.isCounted ? 1 : 0)
      if (message.attempt !== expected)
        this.#violated('attempts', `${node} got ${message.id} as attempt ${message.attempt}, it is ${expected}`)
    }
    this.#known.set(message, { node, attempt: message.attempt, isCounted: false })
    for (const tried of this.#lastAt(node))
      if (tried.state !== 'running' && tried.messages.includes(message)) this.#lastAt(node).delete(tried)
  }

  #count(messages: readonly Message[], isCounted: boolean | undefined): void {
    for (const message of messages) {
      const known = this.#known.get(message)
      if (known !== undefined) known.isCounted = isCounted
    }
  }

  #lastAt(node: string): Set<Tried> {
    let last = this.#last.get(node)
    if (last === undefined) this.#last.set(node, (last = new Set()))
    return last
  }
}
