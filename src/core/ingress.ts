import type { IngressQueue } from './component.ts'
import type { Message } from './message.ts'
import { MessageQueue } from './queue.ts'

/** How much more is let in. */
export interface Allowance {
  readonly messages: number
  readonly bytes: number
}

/** The bounded queue between a producer that emits and what downstream has asked for (D2, D15). */
export class Ingress {
  readonly limits: IngressQueue
  readonly #queue = new MessageQueue()

  constructor(limits: IngressQueue) {
    this.limits = limits
  }

  get length(): number {
    return this.#queue.length
  }

  get bytes(): number {
    return this.#queue.bytes
  }

  /** Of what was taken last. */
  get takenBytes(): number {
    return this.#queue.takenBytes
  }

  /** How many of `messages`, from the first on, have room. */
  fits(messages: readonly Message[]): number {
    return fitting(messages, this.room)
  }

  get room(): Allowance {
    const { limits, length, bytes } = this
    return { messages: limits.messages - length, bytes: limits.bytes - bytes }
  }

  push(messages: Message[]): void {
    this.#queue.push(messages)
  }

  take(limit: number): Message[] {
    return this.#queue.take(limit)
  }

  /** Takes everything. */
  drain(): Message[] {
    return this.#queue.drain()
  }

  /** Takes from the head until what is left keeps to the limits. */
  takeExcess(): Message[] {
    const excess: Message[] = []
    const { limits } = this
    while (this.length > 0 && (this.length > limits.messages || this.bytes > limits.bytes)) excess.push(...this.take(1))
    return excess
  }
}

/** How many of `messages`, from the first on, an allowance is enough for. */
export function fitting(messages: readonly Message[], allowance: Allowance): number {
  const count = Math.min(messages.length, allowance.messages)
  let bytes = 0
  for (let index = 0; index < count; index++) {
    bytes += messages[index]!.sizeBytes
    if (bytes > allowance.bytes) return index
  }
  return Math.max(0, count)
}

/** Whether an allowance is enough for a whole. */
export function covers(allowance: Allowance, messages: number, bytes: number): boolean {
  return messages <= allowance.messages && bytes <= allowance.bytes
}
