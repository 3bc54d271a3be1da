import type { MaybePromise, Receipt } from './component.ts'
import { SluiceError } from './errors.ts'
import type { Graph } from './graph.ts'
import type { Letter } from './letter.ts'
import type { Envelope, Message } from './message.ts'
import type { Originals } from './originals.ts'
import { Resent, type Resendable } from './resent.ts'
import type { ProducerComponent } from './spec.ts'
import { Worker } from './worker.ts'

/** What became of a letter's message; no receipt where the graph ended before it had one. */
export interface Reinjected {
  readonly letter: Letter
  readonly receipt: Receipt | undefined
}

export interface ReinjectionOptions {
  /** The node that failed them. */
  readonly to: string
  /** Told of each letter once; until it resolves its message counts as unacked. Must not fail. */
  told(outcomes: readonly Reinjected[]): MaybePromise<void>
}

/** How many parts a batch had, at the end of its id: that of the first, `+`, and how many more. */
const OF_BATCH = /^(.+)\+(\d*)$/s

/**
 * Gives the messages of letters to a node of a graph that runs, by a producer of their own that is gone when all of them
 * have an outcome.
 *
 * @throws SLUICE_GRAPH_INVALID where there is no such node, or it takes nothing any more.
 */
export function reinject(graph: Graph, letters: readonly Letter[], { to, told }: ReinjectionOptions): void {
  const node = graph.node(to)
  if (!(node instanceof Worker))
    throw new SluiceError('SLUICE_GRAPH_INVALID', `${to} is a producer: nothing can be put back there`)
  if (graph.state !== 'running')
    throw new SluiceError('SLUICE_GRAPH_INVALID', `${to} takes nothing more: the pipeline is ${graph.state}`)
  if (node.isFinished)
    throw new SluiceError('SLUICE_GRAPH_INVALID', `${to} takes nothing more: all that it reads from has ended`)
  let number = 1
  while (graph.nodes.has(`retry-${number}`)) number++
  const name = `retry-${number}`
  const ended = (): void => {
    graph.cancel(name, to)
    graph.remove(name)
  }
  const component = reinjection(letters, {
    isBatched: node.partsPerMessage > 1,
    originals: graph.originals,
    told,
    ended,
  })
  void graph.add({ name, component, from: [], settings: {} })
  graph.subscribe(to, { from: name })
}

interface Options extends Pick<ReinjectionOptions, 'told'> {
  /** Whether their node is given batches. */
  readonly isBatched: boolean
  readonly originals: Originals | undefined
  /** Nothing more will come. */
  ended(): void
}

/** A producer of the messages of letters, which ends when all of them have an outcome. */
function reinjection(letters: readonly Letter[], { isBatched, originals, told, ended }: Options): ProducerComponent {
  return {
    kind: 'producer',
    name: 'retry',
    io: false,
    exclusive: undefined,
    keyed: true,
    outcomes: true,
    create({ message, end }) {
      const waiting = [...letters]
      const underWay = new Map<Message, Letter>()

      function give(letter: Letter): Message {
        const { key, headers, time, priority, messageId: position } = letter
        const { envelope } = message(undefined, { key, headers, time, priority, position })
        const given = isBatched ? batchOf(letter, envelope) : new Resent({ ...letter, id: letter.messageId }, envelope)
        underWay.set(given, letter)
        originals?.keep(given, letter.original)
        return given
      }

      return {
        handleDemand: (count) => waiting.splice(0, count).map(give),
        async settle(receipts: readonly Receipt[]) {
          const outcomes = receipts.map((receipt) => ({
            letter: underWay.get(receipt.message)!,
            receipt: worst(receipt),
          }))
          for (const { message: settled } of receipts) underWay.delete(settled)
          await told(outcomes)
          if (waiting.length === 0 && underWay.size === 0) end()
        },
        async stop() {
          ended()
          await told([...underWay.values(), ...waiting].map((letter) => ({ letter, receipt: undefined })))
        },
      }
    },
  }
}

/** A batch is settled as a whole: what became of its parts by themselves counts for it. */
function worst(receipt: Receipt): Receipt {
  const verdicts = [...(receipt.message.kin?.partVerdicts?.values() ?? [])]
  const verdict = verdicts.find(({ outcome }) => outcome === 'failed') ?? verdicts[0]
  if (verdict === undefined || receipt.outcome === 'failed') return receipt
  const { outcome, error, node, reason = receipt.reason } = verdict
  return { message: receipt.message, outcome, error, node, ...(reason === undefined ? {} : { reason }) }
}

/** The batch of a letter as it was, which is settled as a whole; of one part's letter a batch of that alone (A12). */
function batchOf({ messageId: id, data, key }: Letter, envelope: Envelope): Message {
  const [, first, more] = OF_BATCH.exec(id) ?? []
  const partOf = (part: Resendable): Message => new Resent(part, envelope)
  if (first === undefined || (Array.isArray(data) && data.length !== Number(more) + 1)) {
    return new Resent({ id: `${id}+`, data: [data], key }, envelope, { parts: [partOf({ id, data, key })] })
  }
  const values: readonly unknown[] = Array.isArray(data) ? data : [data]
  const parts = values.map((value, index) => partOf({ id: index === 0 ? first : `${id}/${index}`, data: value, key }))
  return new Resent({ id, data, key }, envelope, { parts })
}
