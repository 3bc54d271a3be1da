import type { ProducerComponent } from '../../core/spec.ts'
import type { MaybePromise, ProducerContext, ProducerHandlers, Receipt } from '../../core/component.ts'
import type { Message } from '../../core/message.ts'
import type { SourceRecord } from './outside.ts'
import type { Payload } from './payload.ts'
import { rootOf, type Run } from './run.ts'
import type { ProducerChoice } from './scenario.ts'
import { Deferred } from './world.ts'

/** A producer of numbered messages: asked and answering at once or late, or emitting by itself. */
export function producerOf(run: Run, choice: ProducerChoice): ProducerComponent {
  return {
    kind: 'producer',
    name: choice.role,
    io: false,
    exclusive: undefined,
    keyed: false,
    outcomes: choice.telling === 'receipts',
    settleConcurrency: choice.settleConcurrency,
    create: (context) => {
      const source = new Source(run, choice, context)
      const handlers = choice.role === 'push' ? source.push() : source.pull()
      return choice.telling === 'none' ? handlers : { ...handlers, settle: source.settle }
    },
  }
}

class Source {
  readonly #run: Run
  readonly #choice: ProducerChoice
  readonly #context: ProducerContext
  readonly #record: SourceRecord
  /** What the process before this one had read, and was not told of. */
  #again: number[]
  /** Messages whose outcome was told, to find one that is told twice. */
  readonly #told = new Set<Message>()

  constructor(run: Run, choice: ProducerChoice, context: ProducerContext) {
    this.#run = run
    this.#choice = choice
    this.#context = context
    this.#record = run.outside.source(choice.name)
    this.#again = this.#record.reopen()
  }

  pull(): ProducerHandlers {
    return {
      handleDemand: (count): MaybePromise<readonly Message[]> => {
        const { faults, random } = this.#run
        const isSurplus = faults.strikes('surplus')
        const wanted = isSurplus ? count + random.between(1, 5) : random.between(1, count)
        const make = (): Message[] => {
          const messages = this.#make(wanted)
          if (isSurplus && messages.length > count) faults.took('surplus')
          return messages
        }
        if (this.#choice.role === 'pull') return make()
        return this.#later(random.between(0, 8), make)
      },
    }
  }

  #later<T>(delayMs: number, answer: () => T): PromiseLike<T> {
    const deferred = new Deferred()
    this.#run.world.schedule(delayMs, () => deferred.resolve(answer()))
    return deferred as unknown as PromiseLike<T>
  }

  /** Emits now and then, whether or not anybody asked; what isn't taken is offered again. */
  push(): ProducerHandlers {
    const { random } = this.#run
    const { clock, emit, end } = this.#context
    let waiting: Message[] = []
    const offer = (): void => {
      if (waiting.length === 0) waiting = this.#make(random.between(1, 12), false)
      waiting = waiting.slice(emit(waiting))
      if (waiting.length === 0 && this.#isDone) end()
      else clock.after(random.between(0, 10), offer)
    }
    return {
      open: () => void clock.after(1, offer),
      queue: {
        messages: random.pick([1, 12, 50]) + 12,
        bytes: 1e6,
        whenFull: random.pick(['reject', 'reject', 'drop-newest', 'drop-oldest']),
      },
    }
  }

  readonly settle = (
    first: readonly Message[] | readonly Receipt[],
    failed: readonly Message[] = [],
  ): MaybePromise<void> => {
    const { faults, random } = this.#run
    const isReceipts = this.#choice.telling === 'receipts'
    const messages = isReceipts
      ? (first as readonly Receipt[]).map(({ message }) => message)
      : (first as readonly Message[])
    const all = [...messages, ...failed]
    for (const message of all) this.#tellOnce(message)
    const told = (): void => {
      for (const { position } of all) this.#record.open.delete(Number(position))
    }
    if (faults.strikes('settle-throws')) {
      faults.took('settle-throws')
      told() // The outcomes stand.
      throw new Error('settle threw')
    }
    if (faults.strikes('settle-hang')) return this.#hang(told)
    if (!faults.strikes('settle-slow')) return told()
    faults.took('settle-slow')
    return this.#later(random.between(1, 50), told)
  }

  /** A dead ack channel: nothing is heard of it until all is healed. */
  #hang(told: () => void): PromiseLike<void> {
    const { faults, trace } = this.#run
    faults.took('settle-hang')
    trace.add('settle-hang', this.#choice.name)
    const answer = new Deferred()
    faults.whenHealed(() => {
      told()
      answer.resolve(undefined)
    })
    return answer as unknown as PromiseLike<void>
  }

  get #isDone(): boolean {
    return this.#again.length === 0 && this.#record.made === this.#choice.messages
  }

  #make(wanted: number, endsAfter = true): Message[] {
    const { name, messages } = this.#choice
    const made: Message[] = []
    while (made.length < wanted && (this.#again.length > 0 || this.#record.made < messages)) {
      const sequence = this.#again.shift() ?? this.#record.made++
      const payload: Payload = { root: `${name}:${sequence}`, sequence, path: '' }
      const key = sequence % 3 === 0 ? undefined : `k${sequence % 5}`
      this.#record.open.add(sequence)
      this.#record.roots.push(payload.root)
      const details = { position: String(sequence), key, wireBytes: 50, ...this.#deadline() }
      made.push(this.#context.message(payload, details))
    }
    if (this.#isDone && endsAfter) this.#context.end()
    return made
  }

  #deadline(): { deadline?: number } {
    const { faults, world, random } = this.#run
    if (!faults.strikes('expire')) return {}
    faults.took('expire')
    return { deadline: world.date() + random.between(1, 150) }
  }

  #tellOnce(message: Message): void {
    if (this.#told.has(message))
      this.#run.violated('one-outcome', `${rootOf(this.#choice.name, message)} was told twice`)
    this.#told.add(message)
  }
}
