import { printable } from '../kit/text.ts'
import type { Trouble } from './trouble.ts'

const LONGEST_MESSAGE = 500
/** What stands for nobody in particular: no node is called so. */
const NOBODY = ''

interface Occurrence {
  readonly kind: Trouble['kind']
  /** Undefined where nobody can be named. */
  readonly node: string | undefined
  readonly message: string
  /** Wall clock ms. */
  readonly at: number
}

/** What has happened at nodes: how often, and what the last of each kind was. */
export class TroubleTally {
  readonly #counts = new Map<string, number>()
  readonly #last = new Map<string, Occurrence>()

  add(occurrence: Occurrence): void {
    const { kind, node } = occurrence
    const key = keyOf(kind, node)
    this.#counts.set(key, this.countOf(kind, node) + 1)
    this.#last.set(key, occurrence)
  }

  countOf(kind: Trouble['kind'], node?: string): number {
    return this.#counts.get(keyOf(kind, node)) ?? 0
  }

  /** How often one kind has happened, at whatever node. */
  totalOf(kind: Trouble['kind']): number {
    return [...this.#last.values()].reduce(
      (sum, last) => sum + (last.kind === kind ? this.countOf(kind, last.node) : 0),
      0,
    )
  }

  get troubles(): Trouble[] {
    return [...this.#last.values()].map(({ kind, node, message, at }) => ({
      kind,
      node: node ?? null,
      message: printable(message, LONGEST_MESSAGE),
      at: new Date(at).toISOString(),
      count: this.countOf(kind, node),
    }))
  }
}

function keyOf(kind: string, node: string | undefined): string {
  return `${kind} ${node ?? NOBODY}`
}
