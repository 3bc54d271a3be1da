import { SluiceError } from '../core/errors.ts'
import { EXIT, exitCodeOfOpening } from '../daemon/exit-codes.ts'
import { hintFor } from '../daemon/hints.ts'
import { printError } from './print.ts'

type Texts = Readonly<Record<string, string>>
type Codes = Readonly<Record<string, number>>

/** What the table says is for whoever writes requests by hand. */
const HINTS: Texts = {
  SLUICE_ADMIN_TOKEN_WRONG:
    'put the token of the daemon into SLUICE_ADMIN_TOKEN, or name its file with --admin-token-file',
}
const EXIT_CODES: Codes = { SLUICE_ADMIN_TOKEN_WRONG: EXIT.permission }

/**
 * Tells what went wrong while a daemon was asked.
 *
 * @param own what a command says otherwise, by the code of the error
 * @returns what to exit with
 */
export function told(error: Error, own: { readonly hints?: Texts; readonly exitCodes?: Codes } = {}): number {
  const { code = '' } = error as NodeJS.ErrnoException
  const hint = own.hints?.[code] ?? HINTS[code] ?? hintFor(code)
  printError(`sluice: ${error.message}\n${hint === undefined ? '' : `  ${hint}\n`}`)
  if (!(error instanceof SluiceError)) return EXIT.internal
  return own.exitCodes?.[code] ?? EXIT_CODES[code] ?? exitCodeOfOpening(error)
}
