import type { IngressQueue } from './component.ts'
import type { Message } from './message.ts'
import { MessageQueue } from './queue.ts'

/** What `maxUnacked` still lets in. */
export interface Allowance {
  readonly messages: number
  readonly bytes: number
}

/** The bounded queue between a producer that emits and what downstream has asked for (D2, D15). */
export class Ingress {
  readonly limits: IngressQueue
  bytes = 0
  readonly #queue = new MessageQueue()

  constructor(limits: IngressQueue) {
    this.limits = limits
  }

  get length(): number {
    return this.#queue.length
  }

  /** How many of `messages`, from the first on, have room. */
  fits(messages: readonly Message[], allowance: Allowance): number {
    const count = Math.min(messages.length, this.limits.messages - this.length, allowance.messages)
    const limit = Math.min(this.limits.bytes - this.bytes, allowance.bytes)
    let bytes = 0
    for (let fitting = 0; fitting < count; fitting++) {
      bytes += messages[fitting]!.sizeBytes
      if (bytes > limit) return fitting
    }
    return Math.max(0, count)
  }

  push(messages: Message[]): void {
    for (const message of messages) this.bytes += message.sizeBytes
    this.#queue.push(messages)
  }

  take(limit: number): Message[] {
    const messages = this.#queue.take(limit)
    for (const message of messages) this.bytes -= message.sizeBytes
    return messages
  }

  /** Takes everything. */
  drain(): Message[] {
    this.bytes = 0
    return this.#queue.drain()
  }

  /** Takes from the head until what is left keeps to the limits. */
  takeExcess(allowance: Allowance): Message[] {
    const excess: Message[] = []
    let { messages, bytes } = allowance
    const { limits } = this
    while (this.length > 0 && (this.length > limits.messages || this.bytes > limits.bytes || messages < 0 || bytes < 0)) {
      const [oldest] = this.take(1)
      messages++
      bytes += oldest!.sizeBytes
      excess.push(oldest!)
    }
    return excess
  }
}
