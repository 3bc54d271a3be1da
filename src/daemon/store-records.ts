import { overflowsIn, type OwnedOverflow } from '../config/overflows.ts'
import type { Log } from '../core/component.ts'
import { asError } from '../core/errors.ts'
import type { Message } from '../core/message.ts'
import type { OverflowSpec } from '../core/overflow-plan.ts'
import type { Appending, OverflowStore, Settled, StoreDepth, StoredChunk, StoreEvents } from '../core/overflow-store.ts'
import type { NodeSpec, PipelineSpec } from '../core/spec.ts'
import { readStoreRecords, writeStoreRecords, type StoreRecord } from '../overflow/records.ts'
import { isElsewhereNow, isSamePlace, isUntold, placeOf } from './orphans.ts'

/**
 * A pipeline whose stores are recorded that no folder beside it tells of, such as those in Redis: before one is opened, as
 * one of which nobody knows what it has; and with what it has when it is closed.
 */
export async function withRecords(spec: PipelineSpec, log: Log): Promise<PipelineSpec> {
  const { home } = spec
  const untold = overflowsIn(spec).filter((owned) => isUntold(owned, spec))
  if (home === undefined || untold.length === 0) return spec
  const { value: before = [] } = await readStoreRecords(home.dataFolder)
  tellMoved(before, untold, log)
  const records = new StoreRecords(home.dataFolder, before, log)
  const recorded = new Map(untold.map((owned): [unknown, OverflowSpec] => [owned.overflow, recordedBy(owned, records)]))
  return { ...spec, nodes: spec.nodes.map((node) => withOverflows(node, recorded)) }
}

/** A node whose overflows are others, where there are others for them. */
function withOverflows(node: NodeSpec, others: ReadonlyMap<unknown, OverflowSpec>): NodeSpec {
  const from = node.from.map((edge) => {
    const overflow = others.get(edge.overflow)
    return overflow === undefined ? edge : { ...edge, overflow }
  })
  const durable = others.get(node.settings.durable)
  return { ...node, from, settings: durable === undefined ? node.settings : { ...node.settings, durable } }
}

function recordedBy(owned: OwnedOverflow, records: StoreRecords): OverflowSpec {
  const { overflow } = owned
  const note = (held: number | null): Promise<void> => records.note({ ...placeOf(owned), held })
  return { ...overflow, createStore: (world) => new RecordedStore(overflow.createStore(world), note) }
}

/** That an overflow has another server now may mean that the same one has another name, or that messages are left behind. */
function tellMoved(before: readonly StoreRecord[], overflows: readonly OwnedOverflow[], log: Log): void {
  for (const each of before) {
    const { edge, address, held } = each
    if (held === 0 || address.kind !== 'redis' || !isElsewhereNow(each, overflows)) continue
    const count = held === null ? 'may have stored messages' : `has stored ${held} messages`
    const way = 'if that is another server, put it back for one run to deliver them'
    log.warn(`${edge} ${count} in Redis at ${address.server}, where it was before: ${way}`, { overflow: edge })
  }
}

/** The records of a pipeline, written one after the other. */
class StoreRecords {
  readonly #folder: string
  readonly #log: Log
  #records: readonly StoreRecord[]
  #writing: Promise<void> = Promise.resolve()

  constructor(folder: string, records: readonly StoreRecord[], log: Log) {
    this.#folder = folder
    this.#records = records
    this.#log = log
  }

  /** Never fails: a pipeline whose data folder can't be written to runs all the same. */
  note(record: StoreRecord): Promise<void> {
    const others = this.#records.filter((each) => !isSamePlace(each, record) && !isMovedTo(each, record))
    const records = [...others, record]
    this.#records = records
    this.#writing = this.#writing.then(() => this.#write(records))
    return this.#writing
  }

  async #write(records: readonly StoreRecord[]): Promise<void> {
    try {
      await writeStoreRecords(this.#folder, records)
    } catch (error) {
      const problem = `where ${records.at(-1)!.edge} stores can't be recorded: ${asError(error).message}`
      this.#log.warn(`${problem}; if the edge leaves the pipeline, nobody will be reminded of what it has stored`)
    }
  }
}

/** Whether a record is of the same overflow at another server. */
function isMovedTo(one: StoreRecord, other: StoreRecord): boolean {
  const [a, b] = [one.address, other.address]
  return one.edge === other.edge && a.kind === 'redis' && b.kind === 'redis' && a.prefix === b.prefix
}

/** A store of which it is noted that it is opened, and what it has when it is closed. */
class RecordedStore implements OverflowStore {
  readonly #store: OverflowStore
  readonly #note: (held: number | null) => Promise<void>
  /** From its opening to its end, unless somebody else has it since. */
  #isOwned = false

  constructor(store: OverflowStore, note: (held: number | null) => Promise<void>) {
    this.#store = store
    this.#note = note
  }

  get next(): number {
    return this.#store.next
  }

  get depth(): StoreDepth {
    return this.#store.depth
  }

  async open(events: StoreEvents): Promise<Settled> {
    await this.#note(null)
    const settled = await this.#store.open({
      onTrouble: (error) => events.onTrouble(error),
      onOwnerLost: (error) => {
        this.#isOwned = false
        events.onOwnerLost(error)
      },
    })
    this.#isOwned = true
    return settled
  }

  append(messages: readonly Message[]): Appending {
    return this.#store.append(messages)
  }

  read(from: number, most: number): PromiseLike<StoredChunk> {
    return this.#store.read(from, most)
  }

  commit(settled: Settled): PromiseLike<void> {
    return this.#store.commit(settled)
  }

  async close(): Promise<void> {
    const held = this.#isOwned ? this.#store.depth.messages : undefined
    this.#isOwned = false
    await this.#store.close()
    if (held !== undefined) await this.#note(held)
  }
}
