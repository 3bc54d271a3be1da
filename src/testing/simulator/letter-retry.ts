import type { ProducerContext, Receipt, ReceiptProducerHandlers } from '../../core/component.ts'
import type { Letter } from '../../core/letter.ts'
import type { Message } from '../../core/message.ts'
import { reinject, type Reinjected } from '../../core/reinjection.ts'
import type { NodeSpec, ProducerComponent } from '../../core/spec.ts'
import { leavesOf } from './payload.ts'
import { judgeFailure } from './observe.ts'
import { rootOf, type Run } from './run.ts'
import { Deferred } from './world.ts'

/** Letters that are put back at once, at most. */
const MOST = 5
/** How long a store takes to forget a letter; simulated ms. */
const REMOVE_MS = 15

/** Puts some letters back at the node that failed them, as `sluice dead-letters retry` does. */
export function retryLetters(run: Run): void {
  const { outside, random, graph, faults, trace } = run
  const { letters, underWay } = outside.letters
  const free = letters.filter(
    ({ id, node, data }) => !underWay.has(id) && isWorker(run, node) && !isHopeless(run, data),
  )
  if (free.length === 0 || graph.state !== 'running') return
  const { node } = random.pick(free)
  const some = free.filter((letter) => letter.node === node).slice(0, random.between(1, MOST))
  if (graph.node(node).isFinished) return
  faults.took('retry-letters')
  trace.add('retry-letters', node, some.map(({ id }) => id).join())
  for (const { id, data } of some) {
    underWay.add(id)
    for (const { root } of leavesOf(data)) run.oracle.retried.add(root)
  }
  new LetterRetry(run, node, some).begin()
}

function isWorker({ scenario }: Run, node: string): boolean {
  return scenario.workers.some(({ name }) => name === node)
}

/** One that looks like an outage needs others to be told from one, and they may have ended. */
function isHopeless({ poisonous }: Run, data: unknown): boolean {
  return leavesOf(data).some(({ root }) => root === poisonous.root)
}

/** Letters that are under way again, by a producer of the kernel's. */
class LetterRetry {
  readonly #run: Run
  readonly #node: string
  readonly #letters: readonly Letter[]
  readonly #left: Set<Letter>
  /** What the store answers to the last telling. */
  #answer: Deferred | undefined
  #end: () => void = () => {}

  constructor(run: Run, node: string, letters: readonly Letter[]) {
    this.#run = run
    this.#node = node
    this.#letters = letters
    this.#left = new Set(letters)
  }

  begin(): void {
    const { graph } = this.#run
    const { add } = graph
    graph.add = (spec) => {
      graph.add = add
      return graph.add(this.#withoutPromises(spec))
    }
    reinject(graph, this.#letters, { to: this.#node, told: (outcomes) => this.#told(outcomes) })
  }

  /** What it tells by promises it tells at once: in a simulated run nothing happens but by a step. */
  #withoutPromises(spec: NodeSpec): NodeSpec {
    const component = spec.component as ProducerComponent
    const create = (context: ProducerContext): ReceiptProducerHandlers => {
      const handlers = component.create(context) as ReceiptProducerHandlers
      this.#end = () => context.end()
      return {
        ...handlers,
        settle: (receipts: readonly Receipt[]) => {
          void handlers.settle!(receipts)
          return this.#answer as unknown as PromiseLike<void>
        },
        stop: () => void handlers.stop!(),
      }
    }
    return { ...spec, component: { ...component, create } }
  }

  #told(outcomes: readonly Reinjected[]): void {
    const { outside, world, random, violated } = this.#run
    const answer = new Deferred()
    this.#answer = answer
    for (const { letter } of outcomes)
      if (!this.#left.delete(letter)) violated('one-outcome', `the retry of ${letter.id} was told twice`)
    for (const outcome of outcomes) this.#judge(outcome)
    world.schedule(REMOVE_MS * random.float(), () => {
      for (const { letter, receipt } of outcomes) {
        if (receipt?.outcome === 'acked' && receipt.reason !== 'dead-letter') outside.letters.remove(letter)
        outside.letters.underWay.delete(letter.id)
      }
      answer.resolve(undefined)
      if (this.#left.size === 0) this.#end()
    })
  }

  #judge({ letter, receipt }: Reinjected): void {
    const { oracle, trace, violated } = this.#run
    trace.add('retried', this.#node, `${letter.id}: ${receipt?.outcome} ${receipt?.reason}`)
    if (receipt?.reason === 'failed')
      judgeFailure(this.#run, { node: receipt.node!, message: receipt.message, error: receipt.error })
    if (receipt === undefined || namesOf(receipt.message).some((name) => oracle.isExplained(name))) return
    if (receipt.outcome === 'failed' || receipt.reason === 'failed' || receipt.reason === 'dead-letter')
      violated('explained-failure', `the letter ${letter.id} failed again and no fault explains it`)
    else oracle.retryEnded(this.#node, letter.data)
  }
}

/** The names by which it, or a part of it, may have been struck. */
function namesOf(message: Message): string[] {
  return [message, ...(message.parts ?? [])].map((each) => rootOf(each.envelope.group.origin.name, each))
}
