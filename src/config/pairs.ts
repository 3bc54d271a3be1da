import type { Definition } from '../core/component.ts'
import type { Component, PipelineSpec } from '../core/spec.ts'
import {
  drainingOptions,
  fillingOptions,
  placeOf,
  type DrainingOptions,
  type FillingOptions,
} from '../overflow/pair/options.ts'
import type { BoundStore } from '../overflow/stores.ts'

/** A store that a consumer `overflow` fills and a producer `overflow` drains, of which a pipeline may have one end or both. */
export interface PairStore {
  /** As both ends say it. */
  readonly name: string
  readonly store: BoundStore
}

interface PairEnd extends PairStore {
  readonly fills: boolean
}

const ENDS = new WeakMap<Component, PairEnd>()

/** Remembers the store of a component that is an end of a pair; does nothing for any other. */
export function notePair(component: Component, { options: schema }: Definition, options: unknown): void {
  const fills = schema === fillingOptions
  if (!fills && schema !== drainingOptions) return
  const given = options as FillingOptions | DrainingOptions
  ENDS.set(component, { name: given.name, store: placeOf(given).bound, fills })
}

/** The stores of pairs that a pipeline has an end of, each once; as whoever fills one has it, if that is in here. */
export function pairsIn({ nodes, deadLetters }: PipelineSpec): PairStore[] {
  const components = [...nodes, ...(deadLetters === undefined ? [] : [deadLetters])].map(({ component }) => component)
  const ends = components.flatMap((component) => ENDS.get(component) ?? [])
  const pairs = new Map<string, PairEnd>()
  for (const end of ends) {
    const { exclusive } = end.store
    if (end.fills || !pairs.has(exclusive)) pairs.set(exclusive, end)
  }
  return [...pairs.values()].map(({ name, store }) => ({ name, store }))
}
