import type { IncomingHttpHeaders } from 'node:http'
import { z } from 'zod'
import { duration } from '../units.ts'
import { headerName, textOf } from './headers.ts'
import { refusal } from './refusal.ts'

/** How a door learns for how long its messages are of use. */
export const deadlineOption = z
  .strictObject({
    header: headerName.default('Request-Timeout').describe('The header: seconds, or a number with a unit.'),
    most: duration({ min: '1ms', max: '1d' }).prefault('1h').describe('Who asks for more gets this.'),
  })
  .optional()
  .describe(
    'Where this stands, if only as `{}`, a header of the request says how long its messages are of use, as `Request-Timeout: 5` or `250ms`; what is not begun by then is answered with 504.',
  )

/** Digits are bounded, so that any of them makes a time. */
const TIMEOUT = /^(\d{1,9}(?:\.\d{1,9})?)(ms|s|m|h)?$/
const UNITS_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const

/** Makes the function that reads how long the sender of a request waits, in ms; it gives undefined where that isn't said. */
export function timeoutReader(
  option: z.output<typeof deadlineOption>,
): (headers: IncomingHttpHeaders) => number | undefined {
  if (option === undefined) return () => undefined
  const { header, most } = option
  const name = header.toLowerCase()
  return (headers) => {
    const text = textOf(headers[name])
    return text === undefined ? undefined : Math.min(most, timeoutOf(text, header))
  }
}

/** @throws SLUICE_HTTP_TIMEOUT_INVALID */
function timeoutOf(text: string, header: string): number {
  const [, amount, unit = 's'] = TIMEOUT.exec(text) ?? []
  if (amount !== undefined) return Number(amount) * UNITS_MS[unit as keyof typeof UNITS_MS]
  const message = `the header ${header} is not a time`
  throw refusal('SLUICE_HTTP_TIMEOUT_INVALID', message)
}
