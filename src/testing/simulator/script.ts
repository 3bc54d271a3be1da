import { Producer } from '../../core/producer.ts'
import type { Worker } from '../../core/worker.ts'
import type { Checks } from './checks.ts'
import { retryLetters } from './letter-retry.ts'
import type { Run } from './run.ts'
import type { Scenario } from './scenario.ts'
import { World } from './world.ts'

/** Before that there would be nothing to stop; simulated ms. */
const EARLIEST_STOP_MS = 10
/** When the faults end; simulated ms. */
const HEALED_MS = 400
const HOUR_MS = 3_600_000

interface Subscription {
  readonly from: string
  readonly to: string
}

interface ScriptOptions {
  /** When the faults end; simulated ms from the start of the run. */
  readonly healedMs: number | undefined
  /** Whether the process may be gone before that. */
  readonly mayCrash: boolean
}

/** What is done to a graph from outside while it runs, at random moments; then everything is healed. */
export class Script {
  readonly #run: Run
  readonly #scenario: Scenario
  readonly #checks: Checks
  readonly #healedMs: number
  readonly #mayCrash: boolean
  readonly #subscriptions: readonly Subscription[]
  readonly #cancelled = new Set<Subscription>()

  constructor(run: Run, checks: Checks, { healedMs = HEALED_MS, mayCrash }: ScriptOptions) {
    const { scenario } = run
    this.#run = run
    this.#scenario = scenario
    this.#healedMs = healedMs
    this.#mayCrash = mayCrash
    this.#checks = checks
    this.#subscriptions = scenario.workers.flatMap(({ name, from }) =>
      from.map((source) => ({ from: source.name, to: name })),
    )
  }

  /** Puts everything into the schedule. */
  begin(): void {
    const { random, faults } = this.#run
    if (faults.isOn('restart')) this.#often(4, () => this.#restart())
    if (faults.isOn('pause')) this.#often(3, () => this.#pause())
    if (faults.isOn('cancel')) this.#often(2, () => this.#cancel())
    if (faults.isOn('flush')) this.#often(3, () => this.#flush())
    if (faults.isOn('clock-jump')) this.#often(2, () => this.#setClock())
    if (faults.isOn('retry-letters')) this.#often(4, () => retryLetters(this.#run))
    if (this.#mayCrash && faults.isOn('crash')) this.#at(random.between(1, this.#leftMs), () => this.#crash())
    this.#at(this.#leftMs, () => this.#heal())
    if (this.#scenario.isStopped || faults.isOn('deadline'))
      this.#at(random.between(EARLIEST_STOP_MS, this.#leftMs - 1), () => this.#stop())
  }

  #often(most: number, action: () => void): void {
    const { random } = this.#run
    for (let times = random.between(1, most); times > 0; times--)
      this.#at(random.between(1, this.#leftMs - 1) * random.float(), action)
  }

  /** Until everything is healed. */
  get #leftMs(): number {
    const { world } = this.#run
    return Math.max(2 * EARLIEST_STOP_MS, World.START_MS + this.#healedMs - world.time)
  }

  #setClock(): void {
    const { world, random, faults, trace } = this.#run
    faults.took('clock-jump')
    trace.add('clock-jump', '')
    world.setClock(random.pick([-1, 1]) * random.pick([10, 1000, HOUR_MS]))
  }

  /** The process is gone, in the middle of it all. */
  #crash(): void {
    const { faults, trace } = this.#run
    faults.took('crash')
    trace.add('crash', '')
    this.#run.hasCrashed = true
  }

  #at(delayMs: number, action: () => void): void {
    this.#run.world.schedule(delayMs, () => {
      const { state } = this.#run.graph
      if (state === 'running' || state === 'draining') action()
    })
  }

  #restart(): void {
    const { graph, random, faults, trace } = this.#run
    const worker = random.pick(graph.workers)
    if (worker.isFinished) return
    if (!worker.isIdle || worker.ownership.held.parts > 0) faults.took('restart')
    trace.add('restart', worker.name)
    graph.restart(worker.name)
  }

  /** Pauses a node or an edge for a while. */
  #pause(): void {
    const { graph, random, trace } = this.#run
    if (random.chance(0.5)) {
      const { name } = random.pick([...graph.nodes.values()])
      trace.add('pause', name)
      graph.pause(name)
      this.#at(random.between(1, 100), () => this.#resume(name))
    } else {
      const subscription = random.pick(this.#subscriptions)
      const { from, to } = subscription
      if (this.#cancelled.has(subscription)) return
      trace.add('pause', `${from}/${to}`)
      graph.pauseEdge(from, to)
      this.#at(random.between(1, 100), () => {
        if (!this.#cancelled.has(subscription)) graph.resumeEdge(from, to)
      })
    }
  }

  #resume(name: string): void {
    const { graph, faults, trace } = this.#run
    const node = graph.nodes.get(name)
    if (node === undefined) return // It was a retry of letters.
    const hadWork =
      node instanceof Producer
        ? node.outlet.room > 0
        : node.inputs.some(({ queue, returning }) => queue.length + returning > 0)
    if (hadWork) faults.took('pause')
    trace.add('resume', name)
    graph.resume(name)
  }

  #cancel(): void {
    const { graph, random, faults, oracle, trace } = this.#run
    const subscription = random.pick(this.#subscriptions)
    const { from, to } = subscription
    if (
      graph.state !== 'running' ||
      this.#cancelled.has(subscription) ||
      graph.node(to).isFinished ||
      graph.node(from).isFinished
    )
      return
    // With other inputs it may end by those meanwhile, and then nobody is left who could subscribe again.
    if ((graph.node(to) as Worker).inputs.length > 1) return
    const edge = graph.edge(from, to)
    if (edge.queue.length > 0 || edge.credit < edge.window.max) faults.took('cancel')
    trace.add('cancel', `${from}/${to}`)
    oracle.unsure.add(`${from}/${to}`)
    this.#cancelled.add(subscription)
    this.#checks.cancelled.push(edge)
    graph.cancel(from, to)
    this.#at(random.between(1, 60), () => this.#subscribe(subscription))
  }

  #subscribe(subscription: Subscription): void {
    const { graph, trace } = this.#run
    const { from, to } = subscription
    if (graph.node(to).isFinished || !this.#cancelled.delete(subscription)) return
    trace.add('subscribe', `${from}/${to}`)
    graph.subscribe(to, { from })
  }

  /** When the flush is through, everything that was given out before it must have come to its end. */
  #flush(): void {
    const { graph, faults, oracle, trace, violated } = this.#run
    const before = [...oracle.admitted].filter((root) => !this.#isQueued(root))
    const open = before.filter((root) => !oracle.fates.has(root))
    if (open.length > 0) faults.took('flush')
    trace.add('flush', '')
    graph.whenFlushed(() => {
      trace.add('flushed', '')
      if (graph.state !== 'running' || oracle.unsure.size > 0) return
      const left = open.find((root) => !oracle.fates.has(root))
      if (left !== undefined) violated('marker-last', `${left} was given out before a flush, and is open behind it`)
    })
  }

  #isQueued(root: string): boolean {
    const [producer] = root.split(':') as [string]
    const { counters, ingress } = this.#run.graph.node(producer) as Producer
    const { roots } = this.#run.outside.source(producer)
    return ingress.length > 0 && roots.indexOf(root) >= counters.out
  }

  #stop(): void {
    const { graph, faults, oracle, trace } = this.#run
    trace.add('stop', '')
    // What is left at a deadline fails, and nothing but the deadline explains it.
    if (faults.isOn('deadline')) oracle.isAllExplained = true
    for (const subscription of this.#cancelled) this.#subscribe(subscription)
    void graph.stop()
  }

  #heal(): void {
    const { graph, faults, trace } = this.#run
    trace.add('heal', '')
    faults.heal()
    graph.resumeAll()
    for (const subscription of this.#cancelled) this.#subscribe(subscription)
  }
}
