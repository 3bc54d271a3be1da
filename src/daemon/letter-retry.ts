import type { Log } from '../core/component.ts'
import { asError } from '../core/errors.ts'
import type { Graph } from '../core/graph.ts'
import { reinject, type Reinjected } from '../core/reinjection.ts'
import type { LetterStore } from '../overflow/letters/letter-store.ts'
import type { Retry } from '../overflow/letters/retries.ts'
import { daemonError } from './errors.ts'

/** So many letters are read and under way at once. */
const AT_ONCE = 100

/** How far a retry has come, in letters. */
export interface RetryReport {
  /** Have gone through, and are letters no more. */
  readonly handled: number
  /** Are letters again, with the story of this time. */
  readonly failedAgain: number
  /** Have stayed letters as they were. */
  readonly left: number
  /** Have no outcome yet. */
  readonly waiting: number
  /** Are being retried already, or can't be read. */
  readonly skipped: readonly string[]
  /** Why nothing could be given to a node. */
  readonly problems: readonly { readonly node: string; readonly message: string }[]
}

interface RetryContext {
  readonly store: LetterStore
  /** The graph at this moment: one that has failed may have been made again. */
  graph(): Graph | undefined
  readonly log: Log
}

/** Puts letters back at the nodes that failed them, some at a time. A letter stays stored until its message was handled. */
export class LetterRetry {
  readonly #context: RetryContext
  #handled = 0
  #failedAgain = 0
  #left = 0
  #waiting = 0
  readonly #skipped: string[] = []
  readonly #problems = new Map<string, string>()

  constructor(context: RetryContext) {
    this.#context = context
  }

  get report(): RetryReport {
    return {
      handled: this.#handled,
      failedAgain: this.#failedAgain,
      left: this.#left,
      waiting: this.#waiting,
      skipped: this.#skipped,
      problems: [...this.#problems].map(([node, message]) => ({ node, message })),
    }
  }

  /** Resolves when it is known of each what became of it. Never rejects. */
  async run(ids: readonly string[]): Promise<void> {
    this.#waiting = ids.length
    for (let start = 0; start < ids.length; start += AT_ONCE) await this.#runSome(ids.slice(start, start + AT_ONCE))
  }

  async #runSome(ids: readonly string[]): Promise<void> {
    const retries = await this.#context.store.beginRetry(ids)
    const begun = new Set(retries.map(({ letter }) => letter.id))
    const skipped = ids.filter((id) => !begun.has(id))
    this.#skipped.push(...skipped)
    this.#waiting -= skipped.length
    const nodes = [...new Set(retries.map(({ letter }) => letter.node))]
    await Promise.all(
      nodes.map((node) =>
        this.#give(
          node,
          retries.filter(({ letter }) => letter.node === node),
        ),
      ),
    )
  }

  /** Resolves when all of these have an outcome. */
  async #give(node: string, retries: readonly Retry[]): Promise<void> {
    const byLetter = new Map(retries.map((retry) => [retry.letter, retry]))
    await new Promise<void>((resolve) => {
      const told = async (outcomes: readonly Reinjected[]): Promise<void> => {
        await Promise.all(outcomes.map((outcome) => this.#told(byLetter.get(outcome.letter)!, outcome)))
        for (const { letter } of outcomes) byLetter.delete(letter)
        if (byLetter.size === 0) resolve()
      }
      try {
        const graph = this.#context.graph()
        checkTaker(graph, node)
        reinject(graph, [...byLetter.keys()], { to: node, told })
      } catch (error) {
        this.#problems.set(node, asError(error).message)
        for (const retry of retries) this.#stays(retry)
        resolve()
      }
    })
  }

  async #told(retry: Retry, { receipt }: Reinjected): Promise<void> {
    if (receipt?.outcome !== 'acked') return this.#stays(retry)
    try {
      await retry.handled()
    } catch (error) {
      const { id } = retry.letter
      this.#context.log.error(`${id} was retried, and its dead letter can't be removed: ${asError(error).message}`, {
        id,
      })
      return this.#stays(retry)
    }
    this.#waiting--
    if (receipt.reason === 'dead-letter') this.#failedAgain++
    else this.#handled++
  }

  #stays(retry: Retry): void {
    retry.failed()
    this.#waiting--
    this.#left++
  }
}

/** @throws where a node can be given no letters, with what to do with them. */
function checkTaker(graph: Graph | undefined, node: string): asserts graph is Graph {
  if (graph === undefined) throw refusal('the pipeline does not run')
  const otherwise = 'export its letters, and send them again'
  if (!graph.nodes.has(node)) throw refusal(`the pipeline has no node of this name any more: ${otherwise}`)
  if (graph.producers.some(({ name }) => name === node))
    throw refusal(`what failed at a producer can't be put back there: ${otherwise}`)
}

function refusal(problem: string): Error {
  return daemonError('SLUICE_RETRY_REFUSED', problem)
}
