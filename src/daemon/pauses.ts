import type { Env } from '../core/env.ts'
import { daemonError } from './errors.ts'
import type { PauseAction } from './operator-pauses.ts'
import type { Pipeline } from './pipeline.ts'
import { PipelineGroup } from './pipeline-group.ts'
import type { PausedEverywhere } from './running.ts'
import type { GroupStatus } from './status.ts'
import { unknownPipeline } from './unknown-pipeline.ts'

/** Pauses the pipelines of this daemon, and, through their groups, those of other daemons. */
export class Pauses {
  readonly #pipelines: readonly Pipeline[]
  readonly #groups = new Map<string, PipelineGroup>()

  constructor(pipelines: readonly Pipeline[], env: Env) {
    this.#pipelines = pipelines
    for (const pipeline of pipelines) {
      const { spec, log } = pipeline
      if (spec.group === undefined) continue
      const apply = (action: PauseAction, node?: string): void =>
        void pipeline.pauses.change(action, pipeline.graph, node)
      this.#groups.set(spec.name, new PipelineGroup({ spec: spec.group, pipeline: spec.name, env, log, apply }))
    }
  }

  /** Joins the groups of pipelines; each is left when its pipeline has ended. */
  join(): void {
    for (const { spec, ended } of this.#pipelines) {
      const group = this.#groups.get(spec.name)
      if (group === undefined) continue
      void group.join()
      void ended.then(() => group.leave())
    }
  }

  /** Resolves when all groups are left. */
  async leave(): Promise<void> {
    await Promise.all([...this.#groups.values()].map((group) => group.leave()))
  }

  /** The group of a pipeline; null where it has none. */
  groupOf(name: string): GroupStatus | null {
    return this.#groups.get(name)?.status ?? null
  }

  /** @returns what is paused then @throws SLUICE_ADMIN_NO_PIPELINE, SLUICE_ADMIN_NO_NODE, SLUICE_ADMIN_ENDED */
  here(action: PauseAction, name: string, node?: string): readonly string[] {
    const { pauses, graph } = this.#named(name)
    return pauses.change(action, graph, node)
  }

  /** @throws the same, and SLUICE_ADMIN_NO_GROUP, SLUICE_ADMIN_GROUP_FAILED */
  async everywhere(action: PauseAction, name: string, node?: string): Promise<PausedEverywhere> {
    const { pauses, graph } = this.#named(name)
    pauses.check(graph, node)
    const group = this.#groups.get(name)
    if (group === undefined) throw daemonError('SLUICE_ADMIN_NO_GROUP', `${name} has no \`group\``)
    const told = await group.tell(action, node)
    return { paused: pauses.nodes, told }
  }

  /** @throws SLUICE_ADMIN_NO_PIPELINE */
  #named(name: string): Pipeline {
    const pipeline = this.#pipelines.find(({ spec }) => spec.name === name)
    if (pipeline !== undefined) return pipeline
    const names = this.#pipelines.map(({ spec }) => spec.name)
    throw daemonError('SLUICE_ADMIN_NO_PIPELINE', unknownPipeline(name, names))
  }
}
