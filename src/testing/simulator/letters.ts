import type { ConsumerHandlers } from '../../core/component.ts'
import { placeError } from '../../core/errors.ts'
import type { Letter } from '../../core/letter.ts'
import type { DeadLettersSpec } from '../../core/spec.ts'
import { TIMEOUT_MS } from './calls.ts'
import type { Run } from './run.ts'
import type { LettersChoice } from './scenario.ts'
import { Deferred } from './world.ts'

/** How long a letter takes to be written; simulated ms. */
const WRITE_MS = 15
const LONGEST_FULL_MS = 300

/** The consumer of dead letters, before the model's store. */
export function lettersOf(run: Run, { role, max, concurrency }: LettersChoice): DeadLettersSpec {
  return {
    keep: 'entered',
    settings: { demand: { max }, concurrency, timeoutMs: TIMEOUT_MS, retry: { backoff: { initialMs: 5, maxMs: 50 } } },
    component: {
      kind: 'consumer',
      name: 'letters',
      io: true,
      exclusive: undefined,
      keyed: false,
      holds: false,
      create: () => new Desk(run).handlers(role),
    },
  }
}

/** Writes letters: slowly, late, without saying so, or not at all while the store is full. */
class Desk {
  readonly #run: Run
  #fullUntil = 0

  constructor(run: Run) {
    this.#run = run
  }

  handlers(role: LettersChoice['role']): ConsumerHandlers {
    return role === 'each'
      ? { each: (letter: Letter) => this.#write([letter]) }
      : { handle: (messages) => this.#write((messages as readonly { data: Letter }[]).map(({ data }) => data)) }
  }

  #write(letters: readonly Letter[]): PromiseLike<void> {
    const { random, world, outside, trace } = this.#run
    trace.add('letters', '', letters.map(({ id }) => id).join())
    if (this.#isFull()) throw placeError('FULL', 'the store is full')
    const answer = new Deferred()
    for (const letter of letters) outside.letters.beginWrite(letter)
    const isLate = this.#strikes('late')
    world.schedule(isLate ? 1.5 * TIMEOUT_MS : WRITE_MS * random.float(), () => {
      for (const letter of letters) {
        trace.add('letter', letter.node, letter.id)
        outside.letters.write(letter)
      }
      if (this.#strikes('hang')) return
      if (this.#strikes('lost-reply')) answer.reject(placeError('LOST', 'the reply was lost'))
      else answer.resolve(undefined)
    })
    return answer as unknown as PromiseLike<void>
  }

  #isFull(): boolean {
    const { faults, world, random } = this.#run
    if (faults.isHealed) return false
    if (world.time < this.#fullUntil) return true
    if (!this.#strikes('full-store')) return false
    this.#fullUntil = world.time + random.between(1, LONGEST_FULL_MS)
    return true
  }

  #strikes(fault: 'late' | 'hang' | 'lost-reply' | 'full-store'): boolean {
    const { faults, trace } = this.#run
    if (!faults.strikes(fault)) return false
    faults.took(fault)
    trace.add(fault, 'letters')
    return true
  }
}
