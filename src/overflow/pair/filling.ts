import type { CallInfo, HandleConsumer, WorkerContext } from '../../core/component.ts'
import { realEnv } from '../../core/env.ts'
import { asError, SluiceError } from '../../core/errors.ts'
import type { Message } from '../../core/message.ts'
import type { Appending } from '../../core/overflow-store.ts'
import { Bell } from '../../kit/bell.ts'
import { placeOf, type FillingOptions, type PairPlace } from './options.ts'
import { piecesOf, type Piece } from './pieces.ts'
import { useStore, type Opening, type SharedStore, type StoreUser } from './shared-store.ts'

/** An append whose call may have been left meanwhile: what it has stored is remembered for the next try. */
interface Append {
  isUnderWay: boolean
  unwritable: Appending['unwritable']
  error: Error | undefined
}

/** The storing end of a pair: gives messages to the store, one append under way, and waits while that is full. */
export class Filling implements HandleConsumer {
  readonly #context: WorkerContext
  readonly #limitBytes: number
  readonly #user: StoreUser
  readonly #bell = new Bell()
  #store: SharedStore | undefined
  #append: Append | undefined
  /** What was stored for calls that had been left: when these come again, they are there. */
  #isThere = new Set<string>()
  #isFull = false

  /** @param place for a test: another store. */
  constructor(options: FillingOptions, context: WorkerContext, place: PairPlace = placeOf(options)) {
    const { log } = context
    this.#context = context
    this.#limitBytes = options.limit
    this.#user = {
      ...place,
      kind: 'fills',
      world: { env: realEnv, log, name: options.name },
      changed: () => this.#bell.ring(),
    }
  }

  async open(): Promise<void> {
    this.#store ??= useStore(this.#user)
    await this.#store.opened(this.#user)
  }

  async handle(messages: readonly Message<never>[], { signal }: CallInfo): Promise<void> {
    const { fail, metrics } = this.#context
    const opening = await this.#store!.opened(this.#user)
    await this.#room(opening, signal)
    const pieces = piecesOf(messages, fail).filter(({ message }) => !this.#isThere.delete(message.id))
    if (pieces.length === 0) return
    const unwritable = await this.#stored(opening, pieces, signal)
    if (signal.aborted) return
    const places = new Map(pieces.map((piece) => [piece.message, piece]))
    for (const { message, error } of unwritable) {
      const { of, part } = places.get(message)!
      fail(of, error, part)
    }
    metrics.add('stored', pieces.length - unwritable.length)
  }

  /** @throws SLUICE_OVERFLOW_FULL, why it doesn't get on, and what opening it throws */
  async health(): Promise<void> {
    const opening = await this.#store!.opened(this.#user)
    if (opening.trouble !== undefined) throw opening.trouble
    if (this.#isFilled(opening)) throw this.#full()
  }

  async stop(): Promise<void> {
    await this.#store?.leave(this.#user)
  }

  /** Resolves when nothing is under way and there is room. @throws SLUICE_OVERFLOW_FULL when its call is left before */
  async #room(opening: Opening, signal: AbortSignal): Promise<void> {
    while (this.#append?.isUnderWay === true || this.#isFilled(opening)) {
      if (signal.aborted || opening.isLost) throw opening.trouble ?? this.#full()
      await this.#bell.next(signal)
    }
    if (this.#isFull) this.#context.log.info('the overflow has room again', { overflow: this.#user.world.name })
    this.#isFull = false
  }

  #isFilled({ store }: Opening): boolean {
    if (store.depth.bytes < this.#limitBytes) return false
    if (!this.#isFull) this.#context.log.warn(this.#full().message, { overflow: this.#user.world.name })
    this.#isFull = true
    return true
  }

  #full(): Error {
    const { name } = this.#user.world
    const text = `the overflow "${name}" is full: it keeps ${this.#limitBytes} bytes, and goes on when some are drained`
    return new SluiceError('SLUICE_OVERFLOW_FULL', text)
  }

  async #stored(opening: Opening, pieces: readonly Piece[], signal: AbortSignal): Promise<Appending['unwritable']> {
    const append: Append = { isUnderWay: true, unwritable: [], error: undefined }
    this.#append = append
    void this.#run(append, { opening, pieces, signal })
    while (append.isUnderWay && !signal.aborted) await this.#bell.next(signal)
    if (append.error !== undefined) throw append.error
    return append.unwritable
  }

  async #run(
    append: Append,
    { opening, pieces, signal }: { opening: Opening; pieces: readonly Piece[]; signal: AbortSignal },
  ): Promise<void> {
    const messages = pieces.map(({ message }) => message)
    const ids = messages.map(({ id }) => id)
    try {
      append.unwritable = await this.#store!.append(opening, messages)
      if (signal.aborted) this.#remember(ids, append.unwritable)
    } catch (error) {
      append.error = asError(error)
    }
    append.isUnderWay = false
    this.#bell.ring()
  }

  /** Whoever gave these doesn't know that they are stored, and gives them again. */
  #remember(ids: readonly string[], unwritable: Appending['unwritable']): void {
    const failed = new Set(unwritable.map(({ message }) => message))
    this.#isThere = new Set(ids)
    for (const { id } of failed) this.#isThere.delete(id)
  }
}
