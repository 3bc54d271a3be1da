import type { OverflowSpec } from '../../../src/core/overflow-plan.ts'
import { Gate, kernel, Source } from '../../support/kernel.ts'
import { HeldStore } from '../../support/overflow.ts'

/** A producer that emits by itself, an edge with an overflow of ten messages, and a consumer whose calls a test ends. */
export function spilling(settings: Omit<OverflowSpec, 'createStore'> = {}, held = new HeldStore(), window = 2) {
  const source = new Source({ queue: {} })
  const gate = new Gate()
  const overflow = held.overflow({ memory: { parts: 10 }, ...settings })
  const made = kernel({
    source: { component: source.component },
    sink: { component: gate.consumer, from: [{ from: 'source', demand: { max: window }, overflow }] },
  })
  const [node] = made.graph.overflows
  return {
    ...made,
    source,
    gate,
    held,
    node: node!,
    push: (...values: readonly unknown[]) => {
      const taken = source.push(...values)
      made.env.run()
      return taken
    },
    /** The consumer is done with so many, in their order. */
    handle: (count: number) => {
      let left = count
      for (; left > 0; left--) {
        const call = gate.calls.find((each) => !done.has(each))
        if (call === undefined) break
        done.add(call)
        call.resolve()
        made.env.run()
      }
      return count - left
    },
  }
}

/** Calls that have ended. */
export const done = new WeakSet<object>()
