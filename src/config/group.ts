import type { GroupSpec } from '../core/group.ts'
import { groupOptions, type PipelineGroupSettings } from '../redis/group/options.ts'

/** The group of a pipeline as the daemon wants it. Code that talks to Redis is loaded when it joins. */
export function groupSpec({ redis, name: given, member }: PipelineGroupSettings, pipeline: string): GroupSpec {
  const name = given ?? pipeline
  return {
    name,
    async join(world) {
      const { join } = await import('../redis/group/join.ts')
      // What else a group may be told has its defaults.
      const defaults = groupOptions.parse({ name, ...(member === undefined ? {} : { member }) })
      return await join({ ...defaults, redis }, world)
    },
  }
}
