import type { Letter } from '../../core/letter.ts'
import { leavesOf } from './payload.ts'
import type { Random } from './random.ts'

type Violated = (invariant: string, detail: string) => void

/**
 * The store of dead letters as the model has it: a letter that is written stays, also when the process crashes, and one with
 * the id of another replaces that. What is being written at a crash may be there afterwards or not.
 */
export class LetterStore {
  readonly #violated: Violated
  readonly #isReachedTwice: (node: string) => boolean
  readonly #letters = new Map<string, Letter>()
  /** Ids of all that were ever written. */
  readonly #written = new Set<string>()
  /** The id that the letter of a payload at a node has. */
  readonly #ids = new Map<string, string>()
  #writing = new Set<Letter>()
  /** Letters whose retry has no outcome yet; a process that starts knows of none. */
  readonly underWay = new Set<string>()

  /** @param isReachedTwice whether what comes to a node may come over several ways, each of which has letters of its own. */
  constructor(violated: Violated, isReachedTwice: (node: string) => boolean) {
    this.#violated = violated
    this.#isReachedTwice = isReachedTwice
  }

  get letters(): Letter[] {
    return [...this.#letters.values()]
  }

  /** Whether a letter is stored, or was until its message was handled after all. */
  wasWritten(id: string): boolean {
    return this.#written.has(id)
  }

  beginWrite(letter: Letter): void {
    this.#writing.add(letter)
  }

  write(letter: Letter): void {
    this.#writing.delete(letter)
    const { id, node, data } = letter
    this.#letters.set(id, letter)
    this.#written.add(id)
    const leaves = leavesOf(data)
    if (this.#isReachedTwice(node) || leaves.some(({ path }) => path !== '')) return // What is made again may be counted on.
    const content = `${node}: ${Array.isArray(data) ? 'batch of ' : ''}${leaves.map(({ root }) => root).join()}`
    const known = this.#ids.get(content)
    if (known !== undefined && known !== id)
      this.#violated('letter-doubled', `${content} has two letters, ${known} and ${id}`)
    this.#ids.set(content, id)
  }

  remove({ id }: Letter): void {
    this.#letters.delete(id)
  }

  crash(random: Random): void {
    for (const letter of this.#writing) if (random.chance(0.5)) this.write(letter)
    this.#writing = new Set()
    this.underWay.clear()
  }
}
