import type { ProducerComponent } from '../../core/spec.ts'
import type { MaybePromise, ProducerContext, ProducerHandlers, Receipt } from '../../core/component.ts'
import type { Message } from '../../core/message.ts'
import type { Payload } from './oracle.ts'
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
  #made = 0
  /** Messages whose outcome was told, to find one that is told twice. */
  readonly #told = new Set<Message>()

  constructor(run: Run, choice: ProducerChoice, context: ProducerContext) {
    this.#run = run
    this.#choice = choice
    this.#context = context
  }

  pull(): ProducerHandlers {
    return {
      handleDemand: (count): MaybePromise<readonly Message[]> => {
        const { faults, random, world } = this.#run
        const isSurplus = faults.strikes('surplus')
        const wanted = isSurplus ? count + random.between(1, 5) : random.between(1, count)
        const make = (): Message[] => {
          const messages = this.#make(wanted)
          if (isSurplus && messages.length > count) faults.took('surplus')
          return messages
        }
        if (this.#choice.role === 'pull') return make()
        const answer = new Deferred()
        world.schedule(random.between(0, 8), () => answer.resolve(make()))
        return answer as unknown as PromiseLike<readonly Message[]>
      },
    }
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
    const { faults, world, random } = this.#run
    const isReceipts = this.#choice.telling === 'receipts'
    const messages = isReceipts
      ? (first as readonly Receipt[]).map(({ message }) => message)
      : (first as readonly Message[])
    for (const message of [...messages, ...failed]) this.#tellOnce(message)
    if (faults.strikes('settle-throws')) {
      faults.took('settle-throws')
      throw new Error('settle threw')
    }
    if (!faults.strikes('settle-slow')) return
    faults.took('settle-slow')
    const answer = new Deferred()
    world.schedule(random.between(1, 50), () => answer.resolve(undefined))
    return answer as unknown as PromiseLike<void>
  }

  get #isDone(): boolean {
    return this.#made === this.#choice.messages
  }

  #make(wanted: number, endsAfter = true): Message[] {
    const { name, messages } = this.#choice
    const made: Message[] = []
    while (made.length < wanted && this.#made < messages) {
      const sequence = this.#made++
      const payload: Payload = { root: `${name}:${sequence}`, sequence, path: '' }
      const key = sequence % 3 === 0 ? undefined : `k${sequence % 5}`
      made.push(this.#context.message(payload, { position: String(sequence), key, wireBytes: 50 }))
    }
    if (this.#isDone && endsAfter) this.#context.end()
    return made
  }

  #tellOnce(message: Message): void {
    if (this.#told.has(message))
      this.#run.violated('one-outcome', `${rootOf(this.#choice.name, message)} was told twice`)
    this.#told.add(message)
  }
}
