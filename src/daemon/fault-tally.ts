import { printable } from '../kit/text.ts'
import type { Trouble } from './trouble.ts'

/** Thrown where nobody catches, or a promise that was rejected and that nobody handles. */
export type FaultKind = 'exception' | 'rejection'
export type FaultCounts = Readonly<Record<FaultKind, number>>

export const NO_FAULTS: FaultCounts = { exception: 0, rejection: 0 }
const KINDS: readonly FaultKind[] = ['exception', 'rejection']
const LONGEST_ERROR = 500

interface LastFault {
  readonly message: string
  readonly at: number
}

/** What was thrown outside of handlers, by the node that it came from. */
export class FaultTally {
  readonly #counts = new Map<string, FaultCounts>()
  readonly #last = new Map<string, LastFault>()

  /** @param at wall clock ms */
  add(node: string, kind: FaultKind, { message, at }: { readonly message: string; readonly at: number }): void {
    const counts = this.countsOf(node)
    this.#counts.set(node, { ...counts, [kind]: counts[kind] + 1 })
    this.#last.set(`${kind} ${node}`, { message: printable(message, LONGEST_ERROR), at })
  }

  countsOf(node: string): FaultCounts {
    return this.#counts.get(node) ?? NO_FAULTS
  }

  get troubles(): Trouble[] {
    return [...this.#counts].flatMap(([node, counts]) =>
      KINDS.flatMap((kind): Trouble[] => {
        const last = this.#last.get(`${kind} ${node}`)
        if (last === undefined) return []
        return [{ kind, node, message: last.message, at: new Date(last.at).toISOString(), count: counts[kind] }]
      }),
    )
  }
}
