import { checkWindows } from './check-windows.ts'
import { realEnv } from './env.ts'
import { asError, SluiceError } from './errors.ts'
import { Graph } from './graph.ts'
import { DEAD_LETTERS } from './letter.ts'
import { Overflow } from './overflow.ts'
import type { Producer } from './producer.ts'
import type { PlanProblem } from './plan-problem.ts'
import type { PipelineSpec } from './spec.ts'
import { Worker } from './worker.ts'

/**
 * Checks a pipeline as a whole: makes its components, which does no I/O, and holds the limits of its nodes against
 * each other (D21).
 */
export function checkPipeline(spec: PipelineSpec): PlanProblem[] {
  let graph: Graph
  try {
    graph = new Graph(spec, { env: realEnv })
  } catch (error) {
    return [invalid(asError(error))]
  }
  const known = new Map<Giver, Below>()
  const problems = graph.producers.flatMap((producer) => checkProducer(producer, below(graph, producer, known)))
  return [
    ...problems,
    ...graph.overflows.flatMap((overflow) => checkFailures(graph, overflow)),
    ...checkWindows(graph, spec),
  ]
}

function invalid(error: Error): PlanProblem {
  const { node = '', code } = error instanceof SluiceError ? error : new SluiceError('SLUICE_COMPONENT_INVALID')
  const isComponents = node !== '' && code === 'SLUICE_COMPONENT_INVALID'
  const hint = isComponents
    ? 'this is a mistake in the component that the node names, not in the pipeline'
    : 'see the message; what it names has to change'
  return { severity: 'error', node, setting: [], message: error.message, hint }
}

function checkProducer(producer: Producer, { windows, batch, holders }: Below): PlanProblem[] {
  const { maxUnackedParts: limit } = producer.plan
  const least = windows + batch
  const problems: PlanProblem[] = []
  if (limit < least) {
    problems.push({
      severity: 'error',
      node: producer.name,
      setting: ['maxUnacked'],
      message: `maxUnacked is ${limit}, but the demand windows behind ${producer.name} and one batch come to ${least} parts`,
      hint: `raise maxUnacked to ${least} at least, or lower \`demand\` of the nodes that read from it`,
    })
  }
  return [
    ...problems,
    ...checkQueue(producer, limit),
    ...checkDurable(producer),
    ...holders.flatMap((holder) => checkHolder(producer, holder, limit)),
  ]
}

function checkQueue({ name, ingress, plan, isPush }: Producer, limit: number): PlanProblem[] {
  const { messages, bytes } = ingress.limits
  if (!isPush || (messages <= limit && bytes <= plan.maxUnackedBytes)) return []
  const [queue, most] = messages > limit ? [messages, limit] : [`${bytes} bytes`, `${plan.maxUnackedBytes} bytes`]
  return [
    {
      severity: 'warning',
      node: name,
      setting: ['maxUnacked'],
      message: `the queue of ${name} (${queue}) can never be full: its maxUnacked (${most}) is reached before`,
      hint: 'raise maxUnacked above the queue, or make the queue smaller',
    },
  ]
}

/** What fails back to an overflow was acknowledged: there is nobody else to give it to than who has failed it. */
function checkFailures(graph: Graph, overflow: Overflow): PlanProblem[] {
  const reached = new Set<unknown>([overflow])
  for (const node of reached) for (const { from, to } of graph.edges) if (from === node) reached.add(to) // It grows while it is read.
  const failing = graph.workers
    .filter(({ name, plan }) => plan.onFailure === 'origin' && name !== DEAD_LETTERS)
    .filter((worker) => reached.has(worker))
  const [first] = failing
  if (first === undefined) return []
  const whose = overflow.plan.isForAll
    ? `the store of ${overflow.giver.name}`
    : `the overflow behind ${overflow.giver.name}`
  return [
    {
      severity: 'warning',
      node: first.name,
      setting: [],
      message: `what fails at ${failing.map(({ name }) => name).join(', ')} for good goes back to ${whose}, and comes again for ever`,
      hint: 'say `deadLetters: true` for the pipeline, or `onFailure: drop` where it fails',
    },
  ]
}

/** Those that others don't send to read again what was lost, and nobody waits to hear that it is stored. */
function checkDurable({ name, plan, isPush }: Producer): PlanProblem[] {
  if (!plan.isDurable || isPush) return []
  return [
    {
      severity: 'error',
      node: name,
      setting: ['durable'],
      message: `${name} can't be durable: nobody sends to \`${plan.component.name}\`, which has no queue, and so nobody waits to hear that a message is stored`,
      hint: 'remove it, or say `overflow: { mode: always }` at a node that reads from this producer',
    },
  ]
}

function checkHolder(producer: Producer, { name, plan }: Worker, limit: number): PlanProblem[] {
  if (plan.maxHeld <= limit) return []
  return [
    {
      severity: 'warning',
      node: producer.name,
      setting: ['maxUnacked'],
      message: `${name} may hold ${plan.maxHeld} messages, but ${producer.name} lets only ${limit} be without an outcome`,
      hint: `raise maxUnacked above the maxHeld of ${name}, or lower that; as it is, ${name} gives what it holds early`,
    },
  ]
}

type Giver = Producer | Worker | Overflow

interface Below {
  /** The demand windows on the longest way to a consumer, in parts. */
  readonly windows: number
  /** The largest batch on the way, in parts. */
  readonly batch: number
  readonly holders: readonly Worker[]
}

/**
 * As it is while messages pass through memory only: an overflow asks for more than those behind it, and stores it where
 * they don't come. What a durable producer gives has its outcome when it is stored: nothing behind waits for its `maxUnacked`.
 *
 * @param known what was found out already: ways may meet again.
 */
function below(graph: Graph, node: Giver, known: Map<Giver, Below>): Below {
  const found = known.get(node)
  if (found !== undefined) return found
  const parts = graph.partsOf(node instanceof Overflow ? node.giver.name : node.name)
  let windows = 0
  let batch = parts > 1 ? parts : 0
  const holders = new Set<Worker>(node instanceof Worker && node.plan.holds ? [node] : [])
  for (const { from, to, window } of graph.edges) {
    const isStored = to instanceof Overflow && to.plan.isAlways
    if (from !== node || to.name === DEAD_LETTERS || isStored) continue
    const rest = below(graph, to as Worker | Overflow, known)
    windows = Math.max(windows, rest.windows + (to instanceof Overflow ? 0 : window.max * parts))
    batch = Math.max(batch, rest.batch)
    for (const holder of rest.holders) holders.add(holder)
  }
  const result = { windows, batch, holders: [...holders] }
  known.set(node, result)
  return result
}
