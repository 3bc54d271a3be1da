import { Graph } from '../../core/graph.ts'
import { Scheduler } from '../../core/scheduler.ts'
import { Worker } from '../../core/worker.ts'
import { observe, specOf } from './build.ts'
import { Checks } from './checks.ts'
import { Faults, type Fault } from './faults.ts'
import { Oracle } from './oracle.ts'
import { Random } from './random.ts'
import { Trace, type Run } from './run.ts'
import { makeScenario, type Scenario } from './scenario.ts'
import { Script } from './script.ts'
import { ShuffledQueue, World } from './world.ts'

/** What one seed did. */
export interface Outcome {
  readonly seed: number
  readonly violation: { readonly invariant: string; readonly detail: string } | undefined
  readonly messages: number
  readonly faults: ReadonlyMap<Fault, number>
  /** Simulated ms. */
  readonly virtualMs: number
  /** The same for the same seed and the same code. */
  readonly traceHash: number
  readonly trace: readonly string[] | undefined
  readonly scenario: Scenario
}

/** Tasks after which a run that has not finished never will. */
const MOST_STEPS = 400_000

/**
 * Runs the real kernel on a made-up graph in a simulated world, first with faults, then healed; everything must come
 * to its end. The same seed does the same again.
 *
 * @param keepTrace whether to put what happened into words.
 */
export function simulate(seed: number, keepTrace = false): Outcome {
  const random = new Random(seed)
  const scenario = makeScenario(random, seed)
  const world = new World(random)
  const faults = new Faults(random, scenario.always)
  const trace = new Trace(keepTrace)
  let violation: Outcome['violation']
  const violated = (invariant: string, detail: string): void => {
    violation ??= { invariant, detail }
  }
  const oracle = new Oracle(scenario, violated)
  const run = { random, world, faults, oracle, trace, violated } as { -readonly [K in keyof Run]: Run[K] }
  const scheduler = new Scheduler(world, new ShuffledQueue(random))
  const stopTimeoutMs = faults.isOn('deadline') ? random.between(1, 60) : 1e6
  run.graph = new Graph(specOf(run, scenario, stopTimeoutMs), { env: world, scheduler })
  oracle.isRepeating = (name) => mayRepeat(run.graph, name)
  const checks = new Checks(run, scenario)
  scheduler.onTurn = () => checks.afterTurn()
  for (const node of run.graph.nodes.values()) observe(run, node)
  void run.graph.start()
  new Script(run, scenario, checks).begin()
  let steps = 0
  while (violation === undefined && !isOver(run.graph) && steps++ < MOST_STEPS && world.step());
  if (violation === undefined) checkEnd(run)
  return {
    seed,
    violation,
    messages: oracle.admitted.size,
    faults: faults.counts,
    virtualMs: world.time - World.START_MS,
    traceHash: trace.hash,
    trace: trace.lines,
    scenario,
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
function checkEnd({ graph, oracle, world, faults, violated }: Run): void {
  if (graph.state !== 'finished') violated('finishes', `the graph is ${graph.state} and nothing happens any more`)
  if (graph.hasExpired) faults.took('deadline')
  oracle.finish()
  for (const { ledger, name } of graph.producers) {
    if (ledger.unacked !== 0 && !graph.hasExpired)
      violated('nothing-lost', `${name} has ${ledger.unacked} unacked at its end`)
  }
  if (world.timers > 0) violated('timer-leak', `${world.timers} timers still run`)
}
