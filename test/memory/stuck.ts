import type { ProducerContext, StageHandlers } from '../../src/core/component.ts'
import type { Env } from '../../src/core/env.ts'
import { Graph } from '../../src/core/graph.ts'
import type {
  ConsumerComponent,
  EdgeSpec,
  NodeSettings,
  NodeSpec,
  ProducerComponent,
  StageComponent,
} from '../../src/core/spec.ts'

/** A world in which no time passes: it runs what can be done at once, until nothing is left to do. */
class StillWorld implements Env {
  readonly #tasks: (() => void)[] = []

  now(): number {
    return 0
  }
  date(): number {
    return 0
  }
  random(): number {
    return 0.5
  }
  after(): { cancel(): void } {
    return { cancel() {} }
  }
  soon(task: () => void): void {
    this.#tasks.push(task)
  }
  later(task: () => void): void {
    this.#tasks.push(task)
  }

  passing(task: () => void): void {
    this.#tasks.push(task)
  }

  run(): void {
    for (let task = this.#tasks.shift(); task !== undefined; task = this.#tasks.shift()) task()
  }
}

const PLAIN = { io: false, exclusive: undefined, keyed: false, outcomes: false, holds: false, parts: undefined }

/** Makes as much as it is asked for, for ever. */
export class Endless {
  made = 0
  readonly component: ProducerComponent

  /** @param most messages in one answer. */
  constructor(most = Infinity) {
    const create = ({ message }: ProducerContext) => ({
      handleDemand: (count: number) => Array.from({ length: Math.min(count, most) }, () => message(this.made++)),
    })
    this.component = { ...PLAIN, kind: 'producer', name: 'endless', create }
  }
}

/** Passes on what comes. */
export const passing = stage(() => ({ map: (data) => data }))

/** Never comes back from its first call, and so never asks again. */
export const stuck: ConsumerComponent = {
  ...PLAIN,
  kind: 'consumer',
  name: 'stuck',
  create: () => ({ each: () => new Promise(() => {}) }),
}

/** Takes everything at once. */
export const greedy: ConsumerComponent = { ...PLAIN, kind: 'consumer', name: 'greedy', create: () => ({ each() {} }) }

export function stage(create: () => StageHandlers): StageComponent {
  return { ...PLAIN, kind: 'stage', name: 'stage', create }
}

interface Written {
  readonly component: NodeSpec['component']
  readonly from?: readonly EdgeSpec[]
  readonly settings?: NodeSettings
}

/** Runs a graph until nothing moves any more. */
export function runUntilStill(nodes: Readonly<Record<string, Written>>): Graph {
  const env = new StillWorld()
  const specs = Object.entries(nodes).map(([name, { component, from = [], settings = {} }]) => ({
    name,
    component,
    from,
    settings,
  }))
  const graph = new Graph({ name: 'stuck', stopTimeoutMs: 1000, memoryBytes: 2 ** 40, nodes: specs }, { env })
  void graph.start()
  env.run()
  return graph
}

/** A subscription with this demand window. */
export function asking(from: string, max?: number): EdgeSpec {
  return max === undefined ? { from } : { from, demand: { max } }
}
