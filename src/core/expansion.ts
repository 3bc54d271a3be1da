import type { Edge } from './edge.ts'
import { standFor } from './children.ts'
import { SluiceError } from './errors.ts'
import { childOf, kinOf, Message } from './message.ts'
import { releaseKin } from './settle.ts'

/**
 * The children of one message whose `flatMap` gave an array.
 * What the parent was charged is divided among them (D22); the parent ends when all of them have (A2).
 */
export function childrenOf(parent: Message, values: readonly unknown[], maxExpansion: number): Message[] {
  if (values.length > maxExpansion) {
    throw new SluiceError(
      'SLUICE_EXPANSION_TOO_LARGE',
      `a message became ${values.length} messages, maxExpansion is ${maxExpansion}`,
    )
  }
  const sizeBytes = Math.ceil(parent.sizeBytes / values.length)
  kinOf(parent).open = values.length
  // `map` would leave the holes of a sparse array out.
  return Array.from(values, (data, index) => childOf(parent, data, index, sizeBytes))
}

/** Whether a value can be iterated and was meant to be: a string is one value. */
export function isIterable(value: unknown): value is Iterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.iterator in value
}

/** A message whose `flatMap` gave an iterable, which is pulled as fast as there is credit (D4). */
export class Expansion {
  readonly parent: Message
  readonly edge: Edge
  readonly bytes: number
  /** Its parent is under way on the edge; a parked one has given its credit back. */
  readonly hasCredit: boolean
  /** What the iterable threw. */
  thrown: { readonly error: unknown } | undefined = undefined
  readonly #iterator: Iterator<unknown>
  #index = 0

  constructor(parent: Message, values: Iterable<unknown>, source: { edge: Edge; bytes: number; hasCredit: boolean }) {
    this.parent = parent
    this.edge = source.edge
    this.bytes = source.bytes
    this.hasCredit = source.hasCredit
    kinOf(parent).open = 1 // The iterable may give more.
    this.#iterator = values[Symbol.iterator]()
  }

  /**
   * Up to `count` more children, added to `out`.
   * @returns whether it is exhausted, or has thrown.
   */
  pull(count: number, out: Message[]): boolean {
    const { parent } = this
    const kin = kinOf(parent)
    try {
      for (let left = count; left > 0; left--) {
        const { done, value } = this.#next()
        if (done === true) return true
        kin.open++
        out.push(childOf(parent, value, this.#index++))
      }
      return false
    } catch (error) {
      this.thrown = { error }
      return true
    }
  }

  #next(): IteratorResult<unknown> {
    const result: unknown = this.#iterator.next()
    if (typeof result === 'object' && result !== null) return result as IteratorResult<unknown>
    const text = `the iterator that flatMap gave must give objects with next(), not ${typeof result}`
    throw new SluiceError('SLUICE_HANDLER_BAD_RETURN', text)
  }

  /** It has given nothing yet. */
  get isFresh(): boolean {
    return this.#index === 0
  }

  /** Nothing more is wanted; the parent ends when the children that exist have. */
  finish(): void {
    releaseKin(this.parent, kinOf(this.parent))
  }

  /**
   * Ends the iterable before it is exhausted, for a restart: the parent comes again whole.
   */
  again(): Message {
    this.abandon()
    return this.anew()
  }

  /** The parent comes again whole, as one more shell that it waits for. */
  anew(): Message {
    return standFor(this.parent)
  }

  /** Lets a generator clean up. */
  abandon(): void {
    try {
      this.#iterator.return?.()
    } catch {
      // It is being thrown away; what its `finally` says changes nothing.
    }
  }
}
