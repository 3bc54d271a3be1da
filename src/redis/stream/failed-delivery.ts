import type { Receipt } from '../../core/component.ts'
import { asError, kindOf } from '../../core/errors.ts'
import type { InFlight } from './in-flight.ts'

/** A delivery that failed. */
export interface FailedDelivery {
  readonly id: string
  /** How often it has failed by its own fault. */
  readonly failures: number
  /** Whether it was its own fault, and counts; else it was a place's, or the pipeline stopped. */
  readonly isOwn: boolean
  /** It can't be read: another try is of no use. */
  readonly isDead: boolean
  readonly code: string
  readonly text: string
}

/** What failed of what is in flight, where it ends. */
export function deliveriesOf(receipts: readonly Receipt[], inFlight: InFlight): FailedDelivery[] {
  return receipts.flatMap(({ message, error }) => {
    const id = inFlight.ended(message)
    if (id === undefined) return []
    const { code = 'SLUICE_HANDLER_THREW', message: text } = asError(error) as Error & { code?: unknown }
    const isOwn = kindOf(error) === 'message'
    const isDead = code === 'SLUICE_STREAM_ENTRY_INVALID'
    return [{ id, failures: message.attempt - (isOwn ? 0 : 1), isOwn, isDead, code: String(code), text }]
  })
}

/** Of the text of an error, in a letter. */
const LONGEST_TEXT = 1000

/** As the script that counts is given it. */
export function textsOf({ id, failures, isDead, code, text }: FailedDelivery): (string | number)[] {
  return [id, failures, isDead ? 1 : 0, code, text.slice(0, LONGEST_TEXT)]
}
