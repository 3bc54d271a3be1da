import type { CallInfo, ProducerContext, ProducerHandlers } from '../../core/component.ts'
import { realEnv } from '../../core/env.ts'
import type { Message } from '../../core/message.ts'
import type { StoredMessage } from '../../core/overflow-store.ts'
import { Bell } from '../../kit/bell.ts'
import { placeOf, type DrainingOptions, type PairPlace } from './options.ts'
import { Reading } from './reading.ts'
import { useStore, type SharedStore, type StoreUser } from './shared-store.ts'

/** The delivering end of a pair: gives what is stored, in order, and commits what was delivered. */
export class Draining implements ProducerHandlers {
  readonly #context: ProducerContext
  readonly #endsWhenEmpty: boolean
  readonly #user: StoreUser
  readonly #bell = new Bell()
  #store: SharedStore | undefined
  #reading: Reading | undefined
  /** The last call; it never rejects. */
  #asked: Promise<unknown> = Promise.resolve()

  /** @param place for a test: another store. */
  constructor(options: DrainingOptions, context: ProducerContext, place: PairPlace = placeOf(options)) {
    this.#context = context
    this.#endsWhenEmpty = options.until === 'empty'
    this.#user = {
      ...place,
      kind: 'drains',
      world: { env: realEnv, log: context.log, name: options.name },
      changed: () => this.#changed(),
    }
  }

  async open(): Promise<void> {
    this.#store ??= useStore(this.#user)
    await this.#store.opened(this.#user)
  }

  handleDemand(count: number, { signal }: CallInfo): Promise<readonly Message[]> {
    const asked = this.#give(count, signal)
    this.#asked = asked.catch(() => undefined)
    return asked
  }

  /** Those of an opening that is over are not heard: what is not committed comes again. */
  settle(acked: readonly Message[], failed: readonly Message[]): void {
    const reading = this.#reading
    if (reading === undefined) return
    for (const message of acked) reading.acked(message)
    for (const message of failed) reading.failed(message)
  }

  async stop(): Promise<void> {
    await this.#asked
    await this.#reading?.finish()
    await this.#store?.leave(this.#user)
  }

  #changed(): void {
    if (this.#reading?.opening.isLost === true) this.#reading.leave()
    this.#bell.ring()
  }

  async #give(count: number, signal: AbortSignal): Promise<readonly Message[]> {
    while (!signal.aborted) {
      const reading = await this.#current()
      const seen = this.#bell.rings
      const taken = await reading.take(count)
      if (reading.opening.isLost) continue
      if (taken.length > 0) return taken.map((stored) => this.#message(stored, reading))
      if (this.#endsWhenEmpty && reading.isOver) {
        this.#context.end()
        break
      }
      if (!reading.hasMore) await this.#bell.next(signal, seen)
    }
    return []
  }

  /** What was read before a loss doesn't count any more: another owner may have delivered it. */
  async #current(): Promise<Reading> {
    const opening = await this.#store!.opened(this.#user)
    if (this.#reading?.opening === opening) return this.#reading
    this.#reading?.leave()
    const { clock, log, metrics, random } = this.#context
    const changed = (): void => this.#changed()
    return (this.#reading = new Reading(opening, { clock, log, metrics, random, env: realEnv, changed }))
  }

  #message(stored: StoredMessage, reading: Reading): Message {
    const { id, key, headers, time, priority, deadline, attempt, sizeBytes } = stored
    const details = { id, key, headers, time, priority, attempt, sizeBytes }
    const message = this.#context.message(stored.data, deadline === undefined ? details : { ...details, deadline })
    reading.given(message, stored)
    return message
  }
}
