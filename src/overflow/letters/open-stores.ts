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

/** @returns what takes it off the list again. */
export function announceLetterStore(opened: OpenLetterStore): () => void {
  open.add(opened)
  return () => void open.delete(opened)
}
