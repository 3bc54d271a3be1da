import { DEAD_LETTERS } from '../../core/letter.ts'
import type { LetterStore } from './letter-store.ts'

/** A store that a node of this process has open, and may change: nobody else may while it does. */
export interface OpenLetterStore {
  readonly pipeline: string
  readonly node: string
  readonly store: LetterStore
}

const open = new Set<OpenLetterStore>()

/** The stores of dead letters that are open in this process, such as for its admin server. */
export function openLetterStores(): readonly OpenLetterStore[] {
  return [...open]
}

/** The store in which a pipeline of this process keeps what failed; undefined where another consumer does, or none. */
export function letterStoreOf(pipeline: string): LetterStore | undefined {
  return openLetterStores().find((opened) => opened.pipeline === pipeline && opened.node === DEAD_LETTERS)?.store
}

/** @returns what takes it off the list again. */
export function announceLetterStore(opened: OpenLetterStore): () => void {
  open.add(opened)
  return () => void open.delete(opened)
}
