import type { Backoff } from './backoff.ts'
import type { DemandWindow } from './edge.ts'
import { SluiceError } from './errors.ts'
import type { Message } from './message.ts'
import type { Dispatch } from './outlet.ts'
import { OVERFLOW_DEFAULTS, OVERFLOW_FACTOR } from './overflow-plan.ts'
import type {
  ConsumerComponent,
  DemandSpec,
  EdgeSpec,
  NodeSettings,
  NodeSpec,
  OnFailure,
  Order,
  PipelineSpec,
  ProducerComponent,
  RetrySpec,
  StageComponent,
  WhenExpired,
} from './spec.ts'

/** What the settings of a node are where nothing is said. Times in ms. */
export const DEFAULTS = {
  /** Parts that a demand window is worth (D1), and that of a node with several calls at once. */
  demandParts: 1000,
  slotsDemandParts: 128,
  concurrency: 1,
  callSize: 100,
  timeoutMs: 30_000,
  /** Of `retry` where it says nothing else; without it a message has one attempt. */
  attempts: 5,
  backoffInitialMs: 100,
  backoffMaxMs: 10_000,
  retryBudget: 0.1,
  maxParked: 1000,
  maxExpansion: 10_000,
  maxHeld: 10_000,
  maxKeys: 10_000,
  maxUnackedParts: 100_000,
  /** Messages that wait before an edge whose `whenFull` isn't `block`. */
  queueMessages: 1000,
  /** The queue at the door of a push producer. */
  ingressMessages: 10_000,
  ingressBytes: 64 * 1024 * 1024,
} as const

interface NodePlan {
  readonly name: string
  readonly onFailure: OnFailure
  readonly dispatch: Dispatch
  readonly key: ((message: Message) => unknown) | undefined
}

/** A producer, every setting decided. */
export interface ProducerPlan extends NodePlan {
  readonly component: ProducerComponent
  readonly maxUnackedParts: number
  readonly maxUnackedBytes: number
  readonly isDurable: boolean
}

/** How failed messages are tried again, every setting decided. */
export interface RetryPlan {
  readonly attempts: number
  readonly backoff: Backoff
  readonly budget: number
}

/** A stage or consumer, every setting decided. */
export interface WorkerPlan extends NodePlan {
  readonly component: StageComponent | ConsumerComponent
  readonly holds: boolean
  readonly unbatches: boolean
  readonly concurrency: number
  readonly callSize: number
  readonly order: Order
  readonly timeoutMs: number
  readonly retry: RetryPlan
  readonly giveUpAfterMs: number
  readonly maxParked: number
  readonly whenExpired: WhenExpired
  readonly maxExpansion: number
  readonly maxHeld: number
  readonly maxKeys: number
}

/** @param memoryBytes the pipeline's share of the process budget; a third of it may be unacked per producer (D21). */
export function planProducer(spec: NodeSpec & { component: ProducerComponent }, memoryBytes: number): ProducerPlan {
  const { maxUnacked } = spec.settings
  return {
    ...planNode(spec),
    component: spec.component,
    maxUnackedParts: maxUnacked?.parts ?? DEFAULTS.maxUnackedParts,
    maxUnackedBytes: maxUnacked?.bytes ?? Math.floor(memoryBytes / 3),
    isDurable: spec.settings.durable !== undefined,
  }
}

/** @param isKeyed whether a node upstream gives messages keys. */
export function planWorker(
  spec: NodeSpec & { component: StageComponent | ConsumerComponent },
  isKeyed: boolean,
): WorkerPlan {
  const { settings, component } = spec
  const concurrency = settings.concurrency ?? DEFAULTS.concurrency
  return {
    ...planNode(spec),
    component,
    holds: component.holds,
    unbatches: component.kind === 'stage' && component.unbatches === true,
    concurrency,
    callSize: settings.callSize ?? DEFAULTS.callSize,
    order: settings.order ?? defaultOrder(component.kind, concurrency, isKeyed || settings.key !== undefined),
    timeoutMs: settings.timeoutMs ?? DEFAULTS.timeoutMs,
    retry: planRetry(settings.retry),
    giveUpAfterMs: settings.giveUpAfterMs ?? Infinity,
    maxParked: settings.maxParked ?? DEFAULTS.maxParked,
    whenExpired: settings.whenExpired ?? 'drop',
    maxExpansion: settings.maxExpansion ?? DEFAULTS.maxExpansion,
    maxHeld: settings.maxHeld ?? DEFAULTS.maxHeld,
    maxKeys: settings.maxKeys ?? DEFAULTS.maxKeys,
  }
}

function planRetry(retry: RetrySpec | undefined): RetryPlan {
  const initialMs = retry?.backoff?.initialMs ?? DEFAULTS.backoffInitialMs
  return {
    attempts: retry === undefined ? 1 : (retry.attempts ?? DEFAULTS.attempts),
    backoff: { initialMs, maxMs: Math.max(initialMs, retry?.backoff?.maxMs ?? DEFAULTS.backoffMaxMs) },
    budget: retry?.budget ?? DEFAULTS.retryBudget,
  }
}

/** D12: stages keep the order of their input; consumers with several calls at once keep that of keys, where there are any. */
function defaultOrder(kind: 'stage' | 'consumer', concurrency: number, isKeyed: boolean): Order {
  if (kind === 'stage' || concurrency === 1) return 'input'
  return isKeyed ? 'key' : 'none'
}

function planNode({ name, settings }: NodeSpec): NodePlan {
  return {
    name,
    onFailure: settings.onFailure ?? 'origin',
    dispatch: settings.dispatch ?? 'broadcast',
    key: settings.key,
  }
}

/**
 * The demand window of a subscription (D1).
 *
 * @param parts most parts of a message that comes over it.
 * @param callSize messages per call of the subscriber: 1 for per-message shapes.
 */
export function windowOf(
  settings: NodeSettings,
  edge: EdgeSpec,
  { parts, callSize }: { parts: number; callSize: number },
): DemandWindow {
  const demand: DemandSpec = { ...settings.demand, ...edge.demand }
  const concurrency = settings.concurrency ?? DEFAULTS.concurrency
  const max =
    demand.max ??
    (concurrency > 1 ? slotsWindow(parts, concurrency * callSize) : Math.ceil(DEFAULTS.demandParts / parts))
  if (!(max >= 1))
    throw new SluiceError('SLUICE_GRAPH_INVALID', `a demand of ${max} over ${edge.from} lets nothing through`)
  const min = Math.min(demand.min ?? Math.floor(max / 2), max - 1)
  return { max, min, bytes: demand.bytes }
}

/** Twice what the calls have, so that the next ones are on their way; more would only leave the caches while it waits. */
function slotsWindow(parts: number, inCalls: number): number {
  return Math.max(Math.ceil(DEFAULTS.slotsDemandParts / parts), 2 * inCalls)
}

/** The share of a pipeline's memory that its overflows take where they don't say how much; with less than `LEAST_BYTES` none would get on. */
const OVERFLOW_SHARE = 1 / 3
const LEAST_BYTES = 1024 * 1024

/** What waits in each overflow of a pipeline at most, in bytes, where it doesn't say: all get the same (D22). */
export function overflowBytesIn({ nodes, memoryBytes }: Pick<PipelineSpec, 'nodes' | 'memoryBytes'>): number {
  const overflows = nodes.flatMap(({ from, settings }) => [settings.durable, ...from.map((edge) => edge.overflow)])
  const count = overflows.filter((each) => each !== undefined && each.memory?.bytes === undefined).length
  const share = Math.floor((memoryBytes * OVERFLOW_SHARE) / OVERFLOW_FACTOR / Math.max(1, count))
  return Math.max(LEAST_BYTES, Math.min(OVERFLOW_DEFAULTS.memoryBytes, share))
}
