import type { Message } from '../../core/message.ts'
import type { Component, EdgeSpec, NodeSettings, NodeSpec, PipelineSpec } from '../../core/spec.ts'
import { TIMEOUT_MS } from './calls.ts'
import { Handlers } from './handlers.ts'
import { lettersOf } from './letters.ts'
import { hashOf } from './random.ts'
import { leavesOf } from './payload.ts'
import { producerOf } from './producers.ts'
import { rootsOf, type Run } from './run.ts'
import { batchSizeOf, isHolding, type ProducerChoice, type WorkerChoice } from './scenario.ts'

/** For a message that looks like an outage where nobody can tell for certain: it is kept no longer. */
const GIVE_UP_MS = 1500

/** The pipeline of a scenario. */
export function specOf(run: Run, stopTimeoutMs: number): PipelineSpec {
  const { producers, workers, letters } = run.scenario
  return {
    name: 'simulated',
    stopTimeoutMs,
    memoryBytes: 1e9,
    nodes: [
      ...producers.map((choice) => producerSpec(run, choice)),
      ...workers.map((choice) => workerSpec(run, choice)),
    ],
    deadLetters: lettersOf(run, letters),
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
  const {
    name,
    max,
    min,
    bytes,
    concurrency,
    callSize,
    order,
    maxHeld,
    maxExpansion,
    onFailure,
    maxParked,
    whenExpired,
  } = choice
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
      whenExpired,
      ...retrySetting(choice),
      ...giveUpSetting(run, choice),
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
    holds: isHolding(choice),
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

function retrySetting({ attempts, budget }: WorkerChoice): NodeSettings {
  const backoff = { initialMs: 5, maxMs: 50 }
  return { retry: { attempts, backoff, budget } }
}

function giveUpSetting({ faults, poisonous }: Run, choice: WorkerChoice): NodeSettings {
  const needsEnd =
    poisonous.node === choice.name &&
    (faults.isInRun('poison-outage') || faults.isInRun('poison-hang')) &&
    !choice.hasHealth
  const giveUpAfterMs = choice.giveUpAfterMs ?? (needsEnd ? GIVE_UP_MS : undefined)
  return giveUpAfterMs === undefined ? {} : { giveUpAfterMs }
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
