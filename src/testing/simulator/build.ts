import { asError, SluiceError } from '../../core/errors.ts'
import type { Message } from '../../core/message.ts'
import type { Node } from '../../core/node.ts'
import { Producer } from '../../core/producer.ts'
import type { Component, EdgeSpec, NodeSettings, NodeSpec, PipelineSpec } from '../../core/spec.ts'
import type { Worker } from '../../core/worker.ts'
import { Handlers, TIMEOUT_MS } from './handlers.ts'
import { hashOf } from './random.ts'
import { leavesOf } from './oracle.ts'
import { producerOf } from './producers.ts'
import { rootOf, rootsOf, type Run } from './run.ts'
import { batchSizeOf, type ProducerChoice, type Scenario, type WorkerChoice } from './scenario.ts'

const HOLDING: readonly string[] = ['batch', 'delay', 'regroup', 'holding']

/** The pipeline of a scenario. */
export function specOf(run: Run, { producers, workers }: Scenario, stopTimeoutMs: number): PipelineSpec {
  return {
    name: 'simulated',
    stopTimeoutMs,
    memoryBytes: 1e9,
    nodes: [
      ...producers.map((choice) => producerSpec(run, choice)),
      ...workers.map((choice) => workerSpec(run, choice)),
    ],
  }
}

function producerSpec(run: Run, choice: ProducerChoice): NodeSpec {
  const { name, maxUnacked, onFailure } = choice
  return {
    name,
    from: [],
    component: producerOf(run, choice),
    settings: { maxUnacked: { parts: maxUnacked }, onFailure, ...keySetting(run, choice), ...dispatchSetting(choice) },
  }
}

function workerSpec(run: Run, choice: WorkerChoice): NodeSpec {
  const { name, max, min, bytes, concurrency, callSize, order, maxHeld, maxExpansion, onFailure, attempts, maxParked } =
    choice
  return {
    name,
    component: workerComponent(run, choice),
    from: choice.from.map(({ name: from, whenFull }): EdgeSpec => ({ from, whenFull, queue: { messages: 5 } })),
    settings: {
      demand: { max, min, ...(bytes === undefined ? {} : { bytes }) },
      timeoutMs: TIMEOUT_MS,
      concurrency,
      callSize,
      order,
      maxParked,
      ...(attempts === 1 ? {} : { retry: { attempts, backoff: { initialMs: 5, maxMs: 50 }, budget: 1 } }),
      maxHeld,
      maxExpansion,
      onFailure,
      ...keySetting(run, choice),
      ...dispatchSetting(choice),
    },
  }
}

function workerComponent(run: Run, choice: WorkerChoice): Component {
  const base = {
    name: choice.role,
    io: false,
    exclusive: undefined,
    keyed: false,
    holds: HOLDING.includes(choice.role),
  }
  if (choice.kind === 'consumer') {
    return { ...base, kind: 'consumer', create: (context) => new Handlers(run, choice, context).consumer() }
  }
  return {
    ...base,
    kind: 'stage',
    parts: isBatching(choice) ? batchSizeOf(choice) : undefined,
    unbatches: choice.role === 'unbatch',
    create: (context) => new Handlers(run, choice, context).stage(),
  }
}

function isBatching({ role }: WorkerChoice): boolean {
  return role === 'batch' || role === 'regroup'
}

/** Keys of its own making; now and then one that throws. */
function keySetting({ faults, oracle, trace }: Run, { name, setsKey }: ProducerChoice | WorkerChoice): NodeSettings {
  if (!setsKey) return {}
  return {
    key: (message) => {
      const [leaf] = leavesOf(message.data)
      if (faults.strikes('bad-key')) {
        faults.took('bad-key')
        trace.add('bad-key', name)
        oracle.explain(rootsOf(message))
        throw new Error('no key')
      }
      return hashOf(leaf!.root) % 4
    },
  }
}

function dispatchSetting({ dispatch }: ProducerChoice | WorkerChoice): NodeSettings {
  if (dispatch !== 'partition') return { dispatch }
  return { dispatch: { partition: { by: ({ data }: Message) => leavesOf(data)[0]!.root, count: 7 } } }
}

/** Lets the oracle see what happens to messages, from outside of the kernel. */
export function observe(run: Run, node: Producer | Worker): void {
  const { oracle, trace } = run
  watchDrops(run, node)
  if (node instanceof Producer) watchOutcomes(run, node)
  else if (node.outlet === undefined && !node.plan.holds) {
    const pass = node.pass.bind(node)
    node.pass = (messages, ...how) => {
      for (const { data, id } of messages) {
        trace.add('done', node.name, id)
        oracle.handled(node.name, data)
      }
      pass(messages, ...how)
    }
  }
}

function watchDrops({ oracle, trace }: Run, node: Node): void {
  const drop = node.drop.bind(node)
  node.drop = (messages, reason) => {
    for (const { data } of messages) {
      trace.add('drop', node.name, reason)
      oracle.dropped(node.name, data)
    }
    drop(messages, reason)
  }
}

function watchOutcomes({ oracle, trace, world }: Run, producer: Producer): void {
  const { name, ledger } = producer
  const admit = ledger.admit.bind(ledger)
  let admitted = 0
  ledger.admit = (group, count, bytes) => {
    for (let i = 0; i < count; i++) oracle.admitted.add(`${name}:${admitted++}`)
    admit(group, count, bytes)
  }
  const acked = producer.acked.bind(producer)
  producer.acked = (messages, from, to, envelope) => {
    for (let i = from; i < to; i++) {
      trace.add('acked', name, messages[i]!.id)
      oracle.ended(rootOf(name, messages[i]!), 'acked')
    }
    acked(messages, from, to, envelope)
  }
  const ended = producer.ended.bind(producer)
  producer.ended = (message, verdict) => {
    trace.add(
      verdict.outcome,
      name,
      `${message.id} at ${verdict.node}: ${verdict.reason ?? asError(verdict.error).message}`,
    )
    if (verdict.reason === 'queue-full') oracle.dropped(name, message.data)
    if (isTimeout(verdict.error)) oracle.timedOut(rootOf(name, message), world.time - TIMEOUT_MS)
    oracle.ended(rootOf(name, message), verdict.outcome, verdict.reason === 'failed')
    ended(message, verdict)
  }
}

function isTimeout(error: unknown): boolean {
  return error instanceof SluiceError && error.code === 'SLUICE_CALL_TIMEOUT'
}
