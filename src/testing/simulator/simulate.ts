import { Graph } from '../../core/graph.ts'
import { Scheduler } from '../../core/scheduler.ts'
import { Worker } from '../../core/worker.ts'
import { AttemptWatch } from './attempt-watch.ts'
import { specOf } from './build.ts'
import { TIMEOUT_MS } from './calls.ts'
import { Checks } from './checks.ts'
import { Faults, type Fault } from './faults.ts'
import { LetterStore } from './letter-store.ts'
import { judgeFailure, observe } from './observe.ts'
import { Oracle } from './oracle.ts'
import { Outside } from './outside.ts'
import { hashOf, Random } from './random.ts'
import { reduced, type Reduction } from './reduction.ts'
import { Trace, type Lasting, type Run } from './run.ts'
import { isReachedTwice, makeScenario, type Scenario } from './scenario.ts'
import { Script } from './script.ts'
import { ShuffledQueue, World } from './world.ts'

/** An invariant that did not hold. */
export interface Violation {
  readonly invariant: string
  readonly detail: string
}

/** What one seed did. */
export interface Outcome {
  readonly seed: number
  readonly violation: Violation | undefined
  readonly messages: number
  readonly faults: ReadonlyMap<Fault, number>
  /** Kinds of faults that could strike. */
  readonly kinds: readonly Fault[]
  /** Tasks that ran. */
  readonly steps: number
  /** Simulated ms. */
  readonly virtualMs: number
  /** The same for the same seed and the same code. */
  readonly traceHash: number
  readonly trace: readonly string[] | undefined
  readonly scenario: Scenario
}

export interface SimulateOptions {
  /** Whether to put what happened into words. */
  readonly keepTrace?: boolean
  /** Less of what the seed says. */
  readonly reduction?: Reduction
}

/** Tasks after which a run that has not finished never will. */
const MOST_STEPS = 400_000
/** A run has at most so many crashes. */
const MOST_CRASHES = 2

/**
 * Runs the real kernel on a made-up graph in a simulated world, first with faults, then healed; everything must come
 * to its end. A process that crashes is followed by another one. The same seed does the same again.
 */
export function simulate(seed: number, { keepTrace = false, reduction = {} }: SimulateOptions = {}): Outcome {
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 0 // Nobody reads the stacks of simulated failures, and they cost more than all the rest.
  try {
    return new Simulation(seed, keepTrace, reduction).run()
  } finally {
    Error.stackTraceLimit = stackTraceLimit
  }
}

class Simulation {
  readonly #seed: number
  readonly #lasting: Lasting
  readonly #healedMs: number | undefined
  #violation: Violation | undefined
  #messages = 0
  #steps = 0

  constructor(seed: number, keepTrace: boolean, reduction: Reduction) {
    const { without, salt = 0, healedMs } = reduction
    const scenario = reduced(makeScenario(new Random(seed), seed), reduction)
    const random = new Random(hashOf(`run ${seed}/${salt}`))
    this.#seed = seed
    this.#healedMs = healedMs
    this.#lasting = {
      scenario,
      random,
      world: new World(random),
      faults: new Faults(random, new Random(hashOf(`faults ${seed}`)), {
        always: scenario.always,
        never: [...scenario.never, ...(without ?? [])],
      }),
      trace: new Trace(keepTrace),
      outside: new Outside(new LetterStore(this.#violated, (node) => isReachedTwice(scenario, node))),
      poisonous: {
        node: random.pick(scenario.workers).name,
        root: `${random.pick(scenario.producers).name}:${random.between(0, 20)}`,
      },
      violated: this.#violated,
    }
  }

  run(): Outcome {
    const { faults, world, trace, scenario } = this.#lasting
    let run = this.#live()
    while (run.hasCrashed) run = this.#live()
    if (this.#violation === undefined) checkEnd(run)
    return {
      seed: this.#seed,
      violation: this.#violation,
      messages: this.#messages,
      faults: faults.counts,
      kinds: faults.kinds,
      steps: this.#steps,
      virtualMs: world.time - World.START_MS,
      traceHash: trace.hash,
      trace: trace.lines,
      scenario,
    }
  }

  readonly #violated = (invariant: string, detail: string): void => {
    this.#violation ??= { invariant, detail }
  }

  /** One process, from its start until it has finished, or crashes. */
  #live(): Run {
    const { scenario, world, faults, random, outside } = this.#lasting
    const oracle = new Oracle({ scenario, letters: outside.letters, violated: this.#violated })
    const attempts = new AttemptWatch(world, TIMEOUT_MS, this.#violated)
    const given = { ...this.#lasting, oracle, attempts, stoppedBy: undefined, hasCrashed: false }
    const run = given as typeof given & { -readonly [K in keyof Run]: Run[K] }
    const scheduler = new Scheduler(world, new ShuffledQueue(random))
    const stopTimeoutMs = faults.isOn('deadline') ? random.between(1, 60) : 1e6
    run.graph = new Graph(specOf(run, stopTimeoutMs), {
      env: world,
      scheduler,
      onMessageFailed: (node, message, error) => judgeFailure(run, { node, message, error }),
    })
    oracle.isRepeating = (name) => mayRepeat(run.graph, name)
    const checks = new Checks(run)
    scheduler.onTurn = () => checks.afterTurn()
    for (const node of run.graph.nodes.values()) observe(run, node)
    void run.graph.start()
    const mayCrash = (faults.counts.get('crash') ?? 0) < MOST_CRASHES
    new Script(run, checks, { healedMs: this.#healedMs, mayCrash }).begin()
    while (this.#goesOn(run) && world.step());
    this.#messages += oracle.admitted.size
    if (run.hasCrashed) this.#crash()
    return run
  }

  #goesOn({ graph, hasCrashed }: Run): boolean {
    return this.#violation === undefined && !hasCrashed && !isOver(graph) && this.#steps++ < MOST_STEPS
  }

  /** What is gone with a process, and what isn't. */
  #crash(): void {
    const { world, faults, outside, random } = this.#lasting
    world.crash()
    faults.crash()
    outside.letters.crash(random)
  }
}

/** Whether a node has been restarted that then makes again what it had already given: children come twice. */
function mayRepeat(graph: Graph, name: string): boolean {
  const node = graph.node(name)
  return node instanceof Worker && node.counters.restarts > 0 && ['pull', 'regroup'].includes(node.plan.component.name)
}

function isOver({ state }: Graph): boolean {
  return state === 'finished' || state === 'failed'
}

/** Healed, every graph finishes, and nothing is left of it: no message, no timer. */
function checkEnd({ graph, oracle, world, faults, violated, stoppedBy, outside, scenario }: Run): void {
  const hasFailed = graph.state === 'failed' && stoppedBy !== undefined
  if (graph.state !== 'finished' && !hasFailed)
    violated('finishes', `the graph is ${graph.state} and nothing happens any more`)
  if (graph.hasExpired && !hasFailed) faults.took('deadline')
  oracle.finish()
  if (world.timers > 0) violated('timer-leak', `${world.timers} timers still run`)
  if (graph.hasExpired) return
  for (const { ledger, name } of graph.producers) {
    if (ledger.unacked !== 0) violated('nothing-lost', `${name} has ${ledger.unacked} unacked at its end`)
    if (ledger.unackedBytes !== 0) violated('bytes', `${name} is charged ${ledger.unackedBytes} bytes at its end`)
  }
  const isCutShort = scenario.isStopped || faults.isInRun('deadline')
  for (const { name, messages } of scenario.producers) {
    const { open, made } = outside.source(name)
    for (const sequence of open)
      if (oracle.admitted.has(`${name}:${sequence}`))
        violated('nothing-lost', `${name} was never told what became of ${sequence}`)
    if (!isCutShort && made < messages) violated('nothing-lost', `${name} was never asked for ${messages - made}`)
  }
}
