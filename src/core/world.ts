import type { NodeContext } from './context.ts'
import type { Env } from './env.ts'

/** Time and chance. */
export type World = Pick<Env, 'now' | 'after' | 'random'>

/** Those of a node, as a component is lent them. */
export function worldOf({ clock, random }: Pick<NodeContext, 'clock' | 'random'>): World {
  return {
    now: () => clock.now(),
    random: () => random(),
    after: (delayMs, callback) => clock.after(delayMs, callback),
  }
}
