import { PER_BODY, type Sent } from './senders.ts'

/** What a ledger of numbered messages holds, and what is wrong with it. */
export interface SequenceVerdict {
  readonly lines: number
  /** Messages that were answered with 2xx, and aren't there. */
  readonly lost: number
  /** First deliveries behind one that had come in later. */
  readonly outOfOrder: number
  /** Lines beyond the first of what came in once: a store has given it out again. */
  readonly redelivered: number
  /** The most that a store gave out again after one kill. */
  readonly mostRedelivered: number
  readonly violations: readonly string[]
}

interface Line {
  readonly sender: number
  /** Which post of its sender. */
  readonly post: number
  readonly number: number
  /** Which start of the daemon it was delivered in. */
  readonly run: number
}

/** What is known of a sender's messages. */
interface Known {
  /** By `place`: the run that has delivered it last. */
  readonly runs: Map<number, number>
  /** The furthest of all. */
  furthest: number
}

const MOST_TOLD = 20

/**
 * Holds a ledger against what was sent. Order is that in which messages have come in, by sender, post and number: nothing is
 * delivered for the first time behind what came in later. A store that is opened again goes back to its last commit.
 *
 * @param bound how many a store may give out again after a kill
 */
export async function judgeSequence(
  lines: AsyncIterable<string>,
  { sent, bound }: { readonly sent: readonly Sent[]; readonly bound: number },
): Promise<SequenceVerdict> {
  const judge = new Judge(sent)
  for await (const line of lines) judge.read(line)
  return judge.verdict(bound)
}

class Judge {
  readonly #sent: readonly Sent[]
  readonly #known: readonly Known[]
  readonly #violations: string[] = []
  /** By the run that had delivered them before. */
  readonly #redelivered = new Map<number, number>()
  #lines = 0
  #outOfOrder = 0

  constructor(sent: readonly Sent[]) {
    this.#sent = sent
    this.#known = sent.map(() => ({ runs: new Map<number, number>(), furthest: -1 }))
  }

  read(text: string): void {
    this.#lines++
    const line = parsed(text)
    const known = line && this.#known[line.sender]
    if (known === undefined) this.#violations.push(`line ${this.#lines} is of nobody: ${text.slice(0, 99)}`)
    else this.#count(known, line!)
  }

  verdict(bound: number): SequenceVerdict {
    let lost = 0
    for (const [sender, { confirmed }] of this.#sent.entries()) lost += this.#lostOf(sender, confirmed)
    for (const [run, count] of this.#redelivered) {
      if (count > bound)
        this.#violations.push(`after run ${run} ${count} were delivered again, at most ${bound} may be`)
    }
    const counts = [...this.#redelivered.values()]
    return {
      lines: this.#lines,
      lost,
      outOfOrder: this.#outOfOrder,
      redelivered: counts.reduce((sum, count) => sum + count, 0),
      mostRedelivered: Math.max(0, ...counts),
      violations: this.#violations,
    }
  }

  #count(known: Known, line: Line): void {
    const place = placeOf(line)
    const before = known.runs.get(place)
    if (before === undefined && place < known.furthest) {
      const { sender, post, number, run } = line
      if (this.#outOfOrder++ < MOST_TOLD)
        this.#violations.push(`${number} of post ${post} of sender ${sender} came too late, in run ${run}`)
    }
    known.furthest = Math.max(known.furthest, place)
    known.runs.set(place, line.run)
    if (before !== undefined) this.#redelivered.set(before, (this.#redelivered.get(before) ?? 0) + 1)
  }

  #lostOf(sender: number, confirmed: Sent['confirmed']): number {
    const { runs } = this.#known[sender]!
    let lost = 0
    for (const { post, first } of confirmed) {
      for (let number = first; number < first + PER_BODY; number++) {
        if (runs.has(placeOf({ post, number }))) continue
        if (lost++ === 0)
          this.#violations.push(`${number} of post ${post} of sender ${sender} is missing, and was answered with 2xx`)
      }
    }
    return lost
  }
}

/** Where a message stands among all of its sender; numbers of a post are those of one body. */
function placeOf({ post, number }: Pick<Line, 'post' | 'number'>): number {
  return post * PER_BODY + (number % PER_BODY)
}

/** @returns undefined where it isn't a whole line. */
function parsed(text: string): Line | undefined {
  try {
    return JSON.parse(text) as Line
  } catch {
    return undefined
  }
}
