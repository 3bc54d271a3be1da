import type { NodeStats, PipelineStats } from '../core/stats.ts'
import { doneBy } from './progress.ts'

/** So long a hook of a component may take before it is named. */
const HUNG_AFTER_MS = 10_000

/** A hook that a node was seen to wait for, and what the node had done by then. */
interface Wait {
  readonly hook: NonNullable<NodeStats['hook']>
  readonly done: number
  /** Monotonic ms. */
  readonly since: number
}

/** Finds the nodes that wait for a hook of their component which doesn't come back, also while the pipeline starts. */
export class HookWatch {
  #waits: ReadonlyMap<string, Wait> = new Map()

  /** @returns for how long each of them has waited; ms. @param now monotonic ms */
  look({ state, nodes }: Pick<PipelineStats, 'state' | 'nodes'>, now: number): ReadonlyMap<string, number> {
    const isOver = state === 'finished' || state === 'failed'
    const waits = isOver ? [] : nodes.flatMap((node) => this.#waitOf(node, now))
    this.#waits = new Map(waits)
    return new Map(waits.flatMap(([name, { since }]) => (now - since < HUNG_AFTER_MS ? [] : [[name, now - since]])))
  }

  /** One that has done anything meanwhile waits for another call of the same hook. */
  #waitOf(node: NodeStats, now: number): [name: string, Wait][] {
    const { name, hook, opening } = node
    if (hook === undefined || opening !== undefined) return []
    const done = doneBy(node)
    const known = this.#waits.get(name)
    const isSame = known?.hook === hook && known.done === done
    return [[name, isSame ? known : { hook, done, since: now }]]
  }
}
