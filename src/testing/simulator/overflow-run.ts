import { placeError } from '../../core/errors.ts'
import { Graph } from '../../core/graph.ts'
import { Scheduler } from '../../core/scheduler.ts'
import type { PipelineSpec } from '../../core/spec.ts'
import { edgeFault } from './checks.ts'
import { ModelDisk, ModelOverflow, type Effect, type StoreCall } from './model-overflow.ts'
import { chooseOverflow, type OverflowChoice } from './overflow-choice.ts'
import { receiver, sender } from './overflow-ends.ts'
import { OverflowOracle } from './overflow-oracle.ts'
import { Random } from './random.ts'
import type { Violation } from './simulate.ts'
import { Deferred, ShuffledQueue, World } from './world.ts'

/** What one seed did. */
export interface OverflowOutcome {
  readonly seed: number
  readonly violation: Violation | undefined
  /** Processes that were killed, or lost the store to another owner. */
  readonly crashes: number
  readonly stops: number
  readonly ownersLost: number
  /** Messages that went through the store, and all. */
  readonly stored: number
  readonly messages: number
  /** By a policy of a full overflow. */
  readonly dropped: number
  readonly rejected: number
}

const MOST_STEPS = 60_000
const MOST_LIVES = 5

/**
 * Runs a producer, an overflow on a model store, and a consumer through several processes: the store is slow, refuses,
 * and is lost to another owner; the consumer is slow and fails; processes are stopped and killed. At last everything is
 * healed, and what was acknowledged must have been handled, in order. The same seed does the same again.
 */
export function simulateOverflow(seed: number): OverflowOutcome {
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 0
  try {
    return new OverflowRun(seed).run()
  } finally {
    Error.stackTraceLimit = stackTraceLimit
  }
}

class OverflowRun {
  readonly #seed: number
  readonly #random: Random
  readonly #world: World
  readonly #disk = new ModelDisk()
  #violation: Violation | undefined
  readonly #violated = (invariant: string, detail: string): void => void (this.#violation ??= { invariant, detail })
  readonly #oracle = new OverflowOracle(this.#violated)
  readonly #choice: OverflowChoice
  /** Sequence numbers that are to be sent, by a sender that sends again what was not acknowledged. */
  #unsent: number[] = []
  #isHealed = false
  #isDead = false
  #counts = { crashes: 0, stops: 0, ownersLost: 0, rejected: 0 }

  constructor(seed: number) {
    this.#seed = seed
    this.#random = new Random(seed)
    this.#world = new World(this.#random)
    this.#choice = chooseOverflow(this.#random)
  }

  run(): OverflowOutcome {
    for (let life = 1; life <= MOST_LIVES && this.#violation === undefined; life++) {
      this.#isHealed = life === MOST_LIVES
      this.#live()
    }
    if (this.#violation === undefined) this.#checkEnd()
    return {
      seed: this.#seed,
      violation: this.#violation,
      ...this.#counts,
      stored: this.#disk.next - 1,
      messages: this.#choice.messages,
      dropped: this.#oracle.dropped,
    }
  }

  /** One process, from its start until it has finished, or is killed. */
  #live(): void {
    const world = this.#world
    this.#oracle.begin(this.#disk.next)
    this.#isDead = false
    const { acked } = this.#oracle
    this.#unsent = range(this.#choice.messages).filter((sequence) => !acked.has(String(sequence)))
    const scheduler = new Scheduler(world, new ShuffledQueue(this.#random))
    let failure = ''
    const note = (text: string, fields: object = {}): void => void (failure = `${text} ${JSON.stringify(fields)}`)
    const log = { debug: note, info: note, warn: note, error: note }
    const graph = new Graph(this.#spec(), { env: world, scheduler, log })
    const [overflow] = graph.overflows
    const before = this.#oracle.dropped
    scheduler.onTurn = () => {
      this.#oracle.dropped = before + (overflow!.counters.dropped.get('overflow-full') ?? 0)
      for (const edge of graph.edges) edgeFault(edge, graph.state, this.#violated)
    }
    const fail = graph.fail.bind(graph)
    graph.fail = (node, error) => {
      failure = `${node.name}: ${error.message}${error.cause instanceof Error ? ` (${error.cause.message})` : ''}`
      fail(node, error)
    }
    graph.start().catch(() => {}) // A process that is stopped at once never was ready.
    if (!this.#isHealed) this.#plan(graph)
    for (let step = 0; step < MOST_STEPS; step++) {
      if (this.#violation !== undefined || this.#isDead || graph.state === 'finished' || graph.state === 'failed') break
      if (!world.step()) break
    }
    if (this.#isDead) world.crash()
    else if (graph.state !== 'finished' && this.#violation === undefined)
      this.#violated(
        'finishes',
        `the graph is ${graph.state} (${failure}); its overflow ${JSON.stringify(graph.stats().overflows)}`,
      )
    if (!this.#isDead && world.timers > 0) this.#violated('timer-leak', `${world.timers} timers still run`)
    world.crash()
  }

  /** What happens to this process. */
  #plan(graph: Graph): void {
    const random = this.#random
    const at = (callback: () => void): void => void this.#world.schedule(random.between(1, 2500), callback)
    if (random.chance(0.5))
      at(() => {
        this.#isDead = true
        this.#counts.crashes++
      })
    else
      at(() => {
        this.#counts.stops++
        void graph.stop()
      })
    if (random.chance(0.3)) at(() => graph.whenFlushed(() => {}))
    if (random.chance(0.3)) at(() => graph.state === 'running' && graph.restart('sink'))
    if (random.chance(0.3)) {
      at(() => graph.pause('sink'))
      at(() => graph.resume('sink'))
    }
  }

  #spec(): PipelineSpec {
    const choice = this.#choice
    const isHealed = this.#isHealed
    const whenFull = isHealed ? 'block' : choice.settings.whenFull!
    const overflow = { ...choice.settings, whenFull, createStore: () => this.#store() }
    const ends = { choice, random: this.#random, world: this.#world, oracle: this.#oracle, isHealed }
    const onRejected = (): void => void this.#counts.rejected++
    const source = sender({ ...ends, unsent: this.#unsent, onRejected })
    const sink = receiver({ ...ends, isDead: () => this.#isDead })
    const { concurrency, max } = choice
    return {
      name: 'overflow',
      stopTimeoutMs: isHealed ? 1e6 : this.#random.pick([50, 1e6]),
      memoryBytes: 1e9,
      nodes: [
        { name: 'source', component: source, from: [], settings: {} },
        {
          name: 'sink',
          component: sink,
          from: [{ from: 'source', demand: { max }, overflow }],
          settings: { concurrency, order: concurrency === 1 ? 'input' : 'none', timeoutMs: 1e6 },
        },
      ],
    }
  }

  #store(): ModelOverflow {
    const date = (): number => this.#world.date()
    const store = new ModelOverflow(this.#disk, { answer: (call, effect) => this.#answer(store, call, effect), date })
    return store
  }

  #answer<T>(store: ModelOverflow, call: StoreCall, effect: Effect<T>): PromiseLike<T> {
    const random = this.#random
    const deferred = new Deferred()
    const isRefused =
      !this.#isHealed && call !== 'append' && call !== 'close' && random.chance(this.#choice.rates.refuse)
    const isLost = !this.#isHealed && call !== 'open' && random.chance(this.#choice.rates.owner * 0.02)
    if (call === 'append' && !this.#isHealed && random.chance(this.#choice.rates.refuse))
      this.#world.schedule(0, () => store.trouble(new Error('the store is out of reach')))
    this.#world.schedule(random.float() * this.#choice.rates.slow, () => {
      // It takes effect, and nobody hears of it.
      if (isLost && call === 'append' && !effect.isFenced && random.chance(0.5)) effect.take()
      else if (isRefused || effect.isFenced || (isLost && random.chance(0.5))) {
        effect.drop()
        deferred.reject(placeError('ECONNREFUSED', 'the store is out of reach'))
      } else {
        const settled = this.#disk.settled.below
        const value = effect.take()
        for (let number = settled; number < this.#disk.settled.below; number++)
          this.#oracle.committed(number, number + 1)
        deferred.resolve(value)
      }
      if (isLost) this.#loseOwner(store)
    })
    return deferred as PromiseLike<T>
  }

  #loseOwner(store: ModelOverflow): void {
    this.#counts.ownersLost++
    store.lose(new Error('another owner has the store'))
  }

  #checkEnd(): void {
    this.#oracle.finish(range(this.#choice.messages).map(String))
    const { settled, next } = this.#disk
    if (settled.below !== next) this.#violated('drained', `${next - settled.below} messages are left in the store`)
  }
}

const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index)
