import type { Receipt } from './component.ts'
import type { Allowance } from './ingress.ts'
import { partCount, type Group, type Message, type Verdict } from './message.ts'

/** How outcomes are told to a producer's component. */
export type Telling = 'none' | 'lists' | 'receipts'

/** Outcomes that are to be told, and what becomes free when they have been. */
export interface Outcomes {
  readonly acked: readonly Message[]
  readonly failed: readonly Message[]
  readonly receipts: readonly Receipt[]
  readonly count: number
  readonly bytes: number
}

/** `maxUnacked` of a producer. */
interface Most {
  readonly maxUnackedParts: number
  readonly maxUnackedBytes: number
}

/** So many emissions are remembered before the settled ones among them are looked for. */
const FEW_GROUPS = 128

/**
 * What a producer has admitted and that has no outcome yet (D21), and outcomes it has not been told (A1).
 * Where nobody is told, an outcome frees its place at once; otherwise when it has been told.
 */
export class Ledger {
  /** Messages without an outcome, or whose outcome is being told; a producer's message is one part. */
  unacked = 0
  unackedBytes = 0
  /** Outcomes since the start. */
  acked = 0
  failed = 0
  readonly #telling: Telling
  #acked: Message[] = []
  #failed: Message[] = []
  #receipts: Receipt[] = []
  #count = 0
  #bytes = 0
  /** Outcomes that have been taken, and not told yet. */
  #taken = 0
  /** Emissions in the order of their admission; settled ones are forgotten when there are many. */
  readonly #groups: Group[] = []
  #mostGroups = FEW_GROUPS

  constructor(telling: Telling = 'none') {
    this.#telling = telling
  }

  /** How much more `maxUnacked` lets in. */
  allowance(most: Most): Allowance {
    return { messages: most.maxUnackedParts - this.unacked, bytes: most.maxUnackedBytes - this.unackedBytes }
  }

  /** How many messages `maxUnacked` lets be asked for; looked at on each turn, so it makes no object. */
  free(most: Most): number {
    return this.unackedBytes < most.maxUnackedBytes ? most.maxUnackedParts - this.unacked : 0
  }

  /** Messages let in since the start: those with an outcome, told or not, and those without. */
  get admitted(): number {
    return this.acked + this.failed + this.unacked - this.#count - this.#taken
  }

  /** Whether there are outcomes to tell. */
  get hasNews(): boolean {
    return this.#count > 0
  }

  /** When the oldest message without an outcome was admitted; monotonic ms. */
  get oldestAdmittedAt(): number | undefined {
    return this.#groups.find(({ open }) => open > 0)?.admittedAt
  }

  admit(group: Group, count: number, bytes: number): void {
    if (group.open === 0) {
      if (this.#groups.length >= this.#mostGroups) this.#forget()
      this.#groups.push(group)
    }
    group.open += count
    this.unacked += count
    this.unackedBytes += bytes
  }

  /** `messages[from..to)`, which are of one group, are acked. @param bytes what they are charged with. */
  ack(messages: readonly Message[], from: number, to: number, bytes: number): void {
    const count = to - from
    this.acked += count
    this.#settle(messages[from]!.envelope.group, count, bytes)
    if (this.#telling === 'lists') for (let i = from; i < to; i++) this.#acked.push(messages[i]!)
    else if (this.#telling === 'receipts') {
      for (let i = from; i < to; i++) this.#receipts.push({ message: messages[i]!, outcome: 'acked' })
    }
  }

  end(message: Message, { outcome, reason, error, node }: Verdict): void {
    this[outcome] += partCount(message)
    this.#settle(message.envelope.group, 1, message.sizeBytes)
    if (this.#telling === 'lists') (outcome === 'acked' ? this.#acked : this.#failed).push(message)
    else if (this.#telling === 'receipts') {
      this.#receipts.push({ message, outcome, error, node, ...(reason === undefined ? {} : { reason }) })
    }
  }

  /** Takes what is to be told. */
  take(): Outcomes {
    const outcomes = {
      acked: this.#acked,
      failed: this.#failed,
      receipts: this.#receipts,
      count: this.#count,
      bytes: this.#bytes,
    }
    this.#taken += this.#count
    this.#acked = []
    this.#failed = []
    this.#receipts = []
    this.#count = 0
    this.#bytes = 0
    return outcomes
  }

  /** These outcomes have been told. */
  told({ count, bytes }: Outcomes): void {
    this.#taken -= count
    this.unacked -= count
    this.unackedBytes -= bytes
  }

  #settle(group: Group, count: number, bytes: number): void {
    group.open -= count
    if (this.#telling === 'none') {
      this.unacked -= count
      this.unackedBytes -= bytes
    } else {
      this.#count += count
      this.#bytes += bytes
    }
  }

  #forget(): void {
    const groups = this.#groups
    let kept = 0
    for (const group of groups) if (group.open > 0) groups[kept++] = group
    groups.length = kept
    this.#mostGroups = Math.max(FEW_GROUPS, 2 * kept)
  }
}
