import { z } from 'zod'
import { defineStage, type OptionsOf, type StageContext } from '../core/component.ts'
import { configure, type ConfiguredStage, type KeyOf } from '../core/configured.ts'
import type { Timer } from '../core/env.ts'
import { keyFrom } from '../core/key.ts'
import type { Message } from '../core/message.ts'
import { expression } from '../kit/expression/schema.ts'
import { bytes, duration } from '../kit/units.ts'

const options = z.strictObject({
  size: z.int().min(1).max(10_000).default(100).describe('Largest batch, in messages.'),
  bytes: bytes({ min: '1B', max: '1TiB' })
    .optional()
    .describe('Largest batch in bytes, as they are counted on the heap; a single message that is larger goes alone.'),
  timeout: duration({ min: '1ms', max: '30d' })
    .prefault('1s')
    .describe('How long the first message of a batch waits at most; what comes later does not extend it.'),
  by: expression().optional().describe('The key of a message; messages of different keys go into different batches.'),
})

type Options = z.output<typeof options>
type Context = Pick<StageContext, 'clock' | 'hold' | 'join' | 'emit' | 'fail' | 'limits' | 'metrics'>

/** An open batch. Ten thousand may be open with one message each, so that one needs no array. */
interface Group {
  key: string | undefined
  first: Message | undefined
  /** All of them, where there are several. */
  parts: Message[] | undefined
  count: number
  sizeBytes: number
  /** Whole ms since the node was made: small numbers are cheap to keep. */
  deadline: number
}

/**
 * Groups messages: a batch leaves when it has `size` messages, when another one would make it larger than `bytes`, or
 * `timeout` after its first message, whichever is first. With `by` each key has a batch of its own.
 *
 * Shape:  in `Message<T>`, out `Message<readonly T[]>` of 1..`size` values, whose key is that of `by`; per key order
 *         is kept.
 * Demand: holds up to `maxHeld` messages of up to `maxKeys` keys between calls; at a limit the fullest batches leave
 *         until at most half is left (D21).
 * Acks:   the outcome of a batch is that of each of its parts, unless one is failed by itself (A12).
 * Errors: a `by` that throws, or gives something that can't be a key, fails its message (A10).
 * Source: Broadway's batcher (size or timeout, whichever is first; the timer starts with the first message).
 */
const definition = defineStage({
  name: 'batch',
  summary: 'Groups messages by count, bytes and time, also per key.',
  options,
  holds: true,
  parts: ({ size }) => size,
  keyed: ({ by }) => by !== undefined,
  create: (settings, context) => {
    const batches = new Batches(settings, context)
    return {
      handle: (messages) => batches.add(messages),
      flush: (reason) => (reason === 'pressure' ? batches.relieve() : batches.closeAll()),
    }
  },
})
export default definition

/** Groups messages: `batch({ size: 100, timeout: '1s', by: (payment) => payment.merchant })`. */
export function batch<T>(
  settings: Omit<OptionsOf<typeof definition>, 'by'> & { readonly by?: KeyOf<T> | undefined } = {},
): ConfiguredStage<T, readonly T[]> {
  return configure(definition, settings)
}

/** The open batches of one node. All wait equally long, so the order in which they were opened is that of deadlines. */
class Batches {
  readonly #options: Options
  readonly #context: Context
  readonly #groups = new Map<string | undefined, Group>()
  /** Closed ones, to be opened again: they live too long to be made anew each time. At most `maxKeys`. */
  readonly #spare: Group[] = []
  #held = 0
  /** One for all, at the earliest deadline or before; none while nothing is held. */
  #timer: Timer | undefined
  /** Of the batches that the call under way opens. */
  #deadline: number | undefined
  readonly #startedAt: number

  constructor(settings: Options, context: Context) {
    this.#options = settings
    this.#context = context
    this.#startedAt = context.clock.now()
  }

  /** @returns the batches that these messages have made full. */
  add(messages: readonly Message[]): Message[] {
    const full: Message[] = []
    this.#deadline = undefined
    this.#context.hold(messages)
    const { size, bytes: mostBytes = Infinity } = this.#options
    let group: Group | undefined
    for (const message of messages) {
      const key = this.#keyOf(message)
      if (key === INVALID) continue
      if (group === undefined || group.key !== key) group = this.#groups.get(key)
      if (group !== undefined && group.sizeBytes + message.sizeBytes > mostBytes) {
        full.push(this.#close(group))
        group = undefined
      }
      if (group === undefined) group = this.#open(key, message, full)
      else {
        append(group, message)
      }
      this.#held++
      if (group.count < size && group.sizeBytes < mostBytes) continue
      full.push(this.#close(group))
      group = undefined
    }
    this.#keepTime()
    return full
  }

  closeAll(): Message[] {
    const closed = [...this.#groups.values()].map((group) => this.#close(group))
    this.#keepTime()
    return closed
  }

  /** Closes the fullest batches, of equally full ones the oldest, until at most half is left; at least one. */
  relieve(): Message[] {
    const { shortest, ofShortest, count } = this.#fullest()
    const closed: Message[] = []
    let ofShortestLeft = ofShortest
    for (const group of this.#groups.values()) {
      if (closed.length === count) break
      const { count: length } = group
      if (length < shortest || (length === shortest && ofShortestLeft-- <= 0)) continue
      closed.push(this.#close(group))
    }
    this.#keepTime()
    return closed
  }

  /** Which batches are the fullest ones, by counting lengths: ten thousand open ones need no sorting. */
  #fullest(): { shortest: number; ofShortest: number; count: number } {
    const { size } = this.#options
    const batchesOf = new Uint32Array(size + 1)
    for (const group of this.#groups.values()) batchesOf[group.count]!++
    let messagesToGo = Math.ceil(this.#held / 2)
    let batchesToGo = Math.ceil(this.#groups.size / 2)
    let length = size
    let taken = 0
    let count = 0
    while (messagesToGo > 0 || batchesToGo > 0) {
      taken = Math.min(batchesOf[length]!, Math.max(batchesToGo, Math.ceil(messagesToGo / length)))
      messagesToGo -= taken * length
      batchesToGo -= taken
      count += taken
      length--
    }
    return { shortest: length + 1, ofShortest: taken, count }
  }

  #keyOf(message: Message): string | undefined | typeof INVALID {
    const { by } = this.#options
    if (by === undefined) return undefined
    try {
      return keyFrom(by(message))
    } catch (error) {
      this.#context.fail(message, error)
      return INVALID
    }
  }

  #open(key: string | undefined, first: Message, full: Message[]): Group {
    const { clock, limits, metrics } = this.#context
    if (this.#groups.size >= limits.maxKeys) {
      metrics.add('pressure_flushes')
      for (const closed of this.relieve()) full.push(closed)
    }
    this.#deadline ??= Math.ceil(clock.now() - this.#startedAt) + this.#options.timeout
    const group = this.#spare.pop() ?? newGroup()
    group.key = key
    group.first = first
    group.count = 1
    group.sizeBytes = first.sizeBytes
    group.deadline = this.#deadline
    this.#groups.set(key, group)
    return group
  }

  #close(group: Group): Message {
    this.#groups.delete(group.key)
    this.#held -= group.count
    const { key, first, parts } = group
    group.first = undefined
    group.parts = undefined
    this.#spare.push(group)
    return this.#context.join(parts ?? [first!], key)
  }

  /**
   * A running timer stays as it is while anything is held, also when its batch has left early: then it finds nothing
   * to do and is set again, so that most batches cost no timer.
   */
  #keepTime(): void {
    const [oldest] = this.#groups.values()
    if (oldest === undefined) {
      this.#timer?.cancel()
      this.#timer = undefined
    } else this.#timer ??= this.#wait(oldest.deadline)
  }

  #wait(deadline: number): Timer {
    const { clock } = this.#context
    return clock.after(Math.max(0, this.#startedAt + deadline - clock.now()), () => {
      this.#timer = undefined
      this.#closeDue(clock.now() - this.#startedAt)
    })
  }

  #closeDue(now: number): void {
    const due: Message[] = []
    for (const group of this.#groups.values()) {
      if (group.deadline > now) break
      due.push(this.#close(group))
    }
    this.#keepTime()
    if (due.length > 0) this.#context.emit(due)
  }
}

function newGroup(): Group {
  return { key: undefined, first: undefined, parts: undefined, count: 0, sizeBytes: 0, deadline: 0 }
}

function append(group: Group, message: Message): void {
  if (group.parts === undefined) group.parts = [group.first!, message]
  else group.parts.push(message)
  group.count++
  group.sizeBytes += message.sizeBytes
}

/** Stands for a key that can't be one; its message has failed. */
const INVALID = Symbol('invalid key')
