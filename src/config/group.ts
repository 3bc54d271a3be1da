import type { GroupSpec } from '../core/group.ts'
import { groupOptions, memberHere, type PipelineGroupSettings } from '../redis/group/options.ts'

/** The group of a pipeline as the daemon wants it. Code that talks to Redis is loaded when it joins. */
export function groupSpec({ redis, name: given, member: named }: PipelineGroupSettings, pipeline: string): GroupSpec {
  const name = given ?? pipeline
  // One process may have several pipelines in a group that isn't called as one of them: each is a member.
  const member = named ?? (name === pipeline ? memberHere() : `${memberHere()}/${pipeline}`)
  return {
    name,
    async join(world) {
      const { join } = await import('../redis/group/join.ts')
      // What else a group may be told has its defaults.
      const defaults = groupOptions.parse({ name, member })
      return await join({ ...defaults, redis }, world)
    },
  }
}
