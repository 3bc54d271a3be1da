import type { WhenFull } from '../../core/branch.ts'
import type { OnFailure, Order, WhenExpired } from '../../core/spec.ts'
import type { Fault } from './faults.ts'
import { BIASES, type Bias } from './biases.ts'
import { STAGE_ROLES, type ConsumerRole, type ProducerRole, type StageRole } from './roles.ts'
import type { Random } from './random.ts'

interface NodeChoice {
  readonly name: string
  readonly onFailure: OnFailure
  /** Whether a `key` setting makes keys here. */
  readonly setsKey: boolean
}
export interface ProducerChoice extends NodeChoice {
  readonly kind: 'producer'
  readonly role: ProducerRole
  readonly messages: number
  readonly telling: 'none' | 'lists' | 'receipts'
  readonly settleConcurrency: number
  readonly maxUnacked: number
  readonly dispatch: 'broadcast' | 'demand' | 'partition'
}
export interface WorkerChoice extends NodeChoice {
  readonly kind: 'stage' | 'consumer'
  readonly role: StageRole | ConsumerRole
  readonly from: readonly { readonly name: string; readonly whenFull: WhenFull }[]
  readonly dispatch: 'broadcast' | 'demand' | 'partition'
  readonly max: number
  readonly min: number
  readonly bytes: number | undefined
  /** How often a call answers with a thenable. */
  readonly asyncRate: number
  readonly concurrency: number
  readonly callSize: number
  readonly order: Order
  readonly attempts: number
  readonly maxParked: number
  readonly maxHeld: number
  readonly maxExpansion: number
  /** Whether what comes in is in the order that this node keeps. */
  readonly isOrdered: boolean
  readonly giveUpAfterMs: number | undefined
  /** Whether the component says of itself if its place works. */
  readonly hasHealth: boolean
  /** Retries are at most this share of the calls. */
  readonly budget: number
  readonly whenExpired: WhenExpired
}
/** The consumer of dead letters. */
export interface LettersChoice {
  readonly role: 'each' | 'handle'
  readonly max: number
  readonly concurrency: number
}

/** How many messages a simulated batch has. */
export function batchSizeOf({ maxHeld }: WorkerChoice): number {
  return 1 + (maxHeld % 7)
}

const HOLDING: readonly string[] = ['batch', 'delay', 'regroup', 'holding']

export function isHolding({ role }: WorkerChoice): boolean {
  return HOLDING.includes(role)
}

/** A graph to simulate, and which faults it must have. */
export interface Scenario {
  readonly producers: readonly ProducerChoice[]
  readonly workers: readonly WorkerChoice[]
  readonly letters: LettersChoice
  readonly always: readonly Fault[]
  readonly never: readonly Fault[]
  /** Stopped at a random moment rather than let run to its end. */
  readonly isStopped: boolean
}

const LETTERS = ['dead-letter', 'dead-letter', 'dead-letter'] as const

const OUT: readonly ('broadcast' | 'demand' | 'partition')[] = ['broadcast', 'broadcast', 'demand', 'partition']

/** Makes up a graph. */
export function makeScenario(random: Random, seed: number): Scenario {
  const bias = BIASES[seed % BIASES.length]!
  const producers = Array.from({ length: random.pick([1, 1, 1, 2]) }, (_, index) => makeProducer(random, index))
  const workers: WorkerDraft[] = []
  const names = producers.map(({ name }) => name)
  const stages = random.between(0, 4)
  for (let index = 0; index < stages; index++) {
    const from = pickSources(random, names, bias)
    const role = random.pick(bias.stages ?? STAGE_ROLES)
    const stage = makeWorker(random, { kind: 'stage', name: `s${index}`, role, from, bias })
    workers.push(stage)
    names.push(stage.name)
  }
  const unread = names.filter((name) => !workers.some(({ from }) => from.some((source) => source.name === name)))
  const more = random.between(0, bias.fanOut ? 2 : 1)
  const sources = [
    ...unread.map((name) => [name]),
    ...Array.from({ length: more }, () => pickSources(random, names, bias)),
  ]
  sources.forEach((from, index) => {
    const role = random.pick(bias.consumers ?? (['each', 'each', 'handle', 'holding'] as const))
    workers.push(makeWorker(random, { kind: 'consumer', name: `c${index}`, role, from, bias }))
  })
  return {
    producers,
    workers: withOrder(producers, workers),
    letters: {
      role: random.pick(['each', 'handle', 'handle']),
      max: random.pick([1, 3, 30]),
      concurrency: random.pick([1, 2]),
    },
    always: bias.always ?? [],
    never: bias.never ?? [],
    isStopped: bias.isStopped ?? random.chance(0.25),
  }
}

/** What order is left behind a node: of everything, of each key, or none. */
type Kept = 'all' | 'keys' | 'nothing'

const ONE_BY_ONE: readonly string[] = ['map', 'filter', 'expand', 'pull', 'handle', 'split']

/** Finds out at which nodes order can be checked: behind a fan-in, a batch or `demand` dispatch there is none. */
export function withOrder(producers: readonly ProducerChoice[], drafts: readonly WorkerDraft[]): WorkerChoice[] {
  const behind = new Map<string, Kept>(
    producers.map(({ name, dispatch }) => [name, dispatch === 'demand' ? 'nothing' : 'all']),
  )
  return drafts.map((draft) => {
    const comesIn = draft.from.length === 1 ? behind.get(draft.from[0]!.name)! : 'nothing'
    const isOrdered =
      comesIn === 'all' ? draft.order !== 'none' : comesIn === 'keys' && draft.order === 'key' && !draft.setsKey
    const canKeep = isOrdered && draft.dispatch !== 'demand' && ONE_BY_ONE.includes(draft.role)
    behind.set(draft.name, canKeep ? (draft.order === 'key' ? 'keys' : 'all') : 'nothing')
    return { ...draft, isOrdered }
  })
}

type WorkerDraft = Omit<WorkerChoice, 'isOrdered'>

function makeProducer(random: Random, index: number): ProducerChoice {
  const role = random.pick(['pull', 'pull', 'pull-late', 'push'] as const)
  const messages = random.between(10, 60)
  return {
    kind: 'producer',
    name: `p${index}`,
    role,
    messages,
    telling: random.pick(['none', 'lists', 'receipts']),
    // Not drawn, so that a seed that has found something goes on finding it.
    settleConcurrency: messages % 2 === 0 ? 1 : 3,
    maxUnacked: random.pick([5, 20, 1000]),
    dispatch: random.pick(OUT),
    setsKey: random.chance(0.5),
    onFailure: random.pick(['origin', 'origin', 'dead-letter']),
  }
}

function pickSources(random: Random, names: readonly string[], bias: Bias): string[] {
  const first =
    bias.fanOut && random.chance(0.6)
      ? names[0]!
      : names[names.length - 1 - random.between(0, Math.min(1, names.length - 1))]!
  const second = random.pick(names)
  return random.chance(0.2) && second !== first ? [first, second] : [first]
}

interface Place {
  readonly kind: 'stage' | 'consumer'
  readonly name: string
  readonly role: StageRole | ConsumerRole
  readonly from: readonly string[]
  readonly bias: Bias
}

function makeWorker(random: Random, { kind, name, role, from, bias }: Place): WorkerDraft {
  const max = random.pick([1, 2, 3, 10, 30])
  const order = bias.order ?? random.pick(['input', 'input', 'key', 'none'] as const)
  return {
    kind,
    name,
    role,
    from: from.map((source) => {
      const whenFull = random.chance(0.9) ? 'block' : random.pick(['drop-newest', 'drop-oldest'] as const)
      return { name: source, whenFull }
    }),
    dispatch: random.pick(OUT),
    max,
    min: random.between(0, max - 1),
    bytes: random.chance(0.1) ? random.pick([300, 1000]) : undefined,
    asyncRate: bias.async ? 1 : random.pick([0, 0, 0.5, 1]),
    concurrency: random.pick([1, 2, 4]),
    callSize: random.pick([1, 3, 100]),
    order,
    attempts: bias.attempts ?? random.pick([1, 1, 2, 4]),
    maxParked: random.pick([0, 1, 1000]),
    maxHeld: random.pick([4, 20, 1000]),
    maxExpansion: random.chance(0.1) ? 2 : 100,
    setsKey: random.chance(0.3),
    onFailure: random.chance(0.02) ? 'stop' : random.pick(['origin', 'origin', 'drop', ...LETTERS]),
    giveUpAfterMs: random.chance(0.1) ? random.pick([30, 300]) : undefined,
    budget: random.pick([1, 1, 1, 0.1]),
    hasHealth: random.chance(0.5),
    whenExpired: random.pick(['drop', 'dead-letter']),
  }
}

/** Whether there may be several ways from a producer to a node. */
export function isReachedTwice(scenario: Scenario, node: string): boolean {
  const from = scenario.workers.find(({ name }) => name === node)?.from ?? []
  return from.length > 1 || from.some(({ name }) => isReachedTwice(scenario, name))
}
