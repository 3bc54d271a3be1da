import type { NodeContext } from '../core/component.ts'
import type { SluiceError } from '../core/errors.ts'
import { KIT_ERRORS, type KitErrorCode } from './errors.ts'

/**
 * The metric of a producer that counts what it was given and could not make a message of. A process in which it isn't
 * zero ends with 65.
 */
export const INPUT_FAULTS = 'input_faults'

/** Faults that are logged one by one; a file of broken lines must not become a log of the same length. */
const MOST_LOGGED = 10

/** Reports records of the input that can't be read: each is counted, the first ones are logged. */
export class InputFaults {
  readonly #context: Pick<NodeContext, 'node' | 'log' | 'metrics'>
  #count = 0

  constructor(context: Pick<NodeContext, 'node' | 'log' | 'metrics'>) {
    this.#context = context
  }

  /**
   * @param place a line counted from 1, or fields of the log that say where it is
   * @param toError called only where the fault is logged: an error costs more than a line
   */
  report(place: number | object, toError: () => SluiceError): void {
    const { node, log, metrics } = this.#context
    metrics.add(INPUT_FAULTS)
    if (++this.#count > MOST_LOGGED) {
      if (this.#count === MOST_LOGGED + 1) log.warn('more lines are skipped, and counted only', { node })
      return
    }
    const { message, code } = toError()
    const hint = Object.hasOwn(KIT_ERRORS, code) ? KIT_ERRORS[code as KitErrorCode].hint : undefined
    const fields = typeof place === 'number' ? { line: place } : place
    log.warn(`skipped: ${message}`, { node, ...fields, code, hint })
  }

  /** At the end of the input. */
  summarize(): void {
    const { node, log } = this.#context
    if (this.#count === 0) return
    const what =
      this.#count === 1 ? '1 line of the input was skipped' : `${this.#count} lines of the input were skipped`
    log.warn(what, { node, skipped: this.#count })
  }
}
