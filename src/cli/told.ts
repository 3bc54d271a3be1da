import { SluiceError } from '../core/errors.ts'
import { EXIT, exitCodeOfOpening } from '../daemon/exit-codes.ts'
import { hintFor } from '../daemon/hints.ts'
import { printError } from './print.ts'

/** What the table says is for whoever writes requests by hand. */
const TOKEN_HINT = 'put the token of the daemon into SLUICE_ADMIN_TOKEN, or name its file with --admin-token-file'

/** Tells what went wrong while a daemon was asked. @returns what to exit with. */
export function told(error: Error): number {
  const { code } = error as NodeJS.ErrnoException
  const hint = code === 'SLUICE_ADMIN_TOKEN_WRONG' ? TOKEN_HINT : hintFor(code)
  printError(`sluice: ${error.message}\n${hint === undefined ? '' : `  ${hint}\n`}`)
  if (!(error instanceof SluiceError)) return EXIT.internal
  return error.code === 'SLUICE_ADMIN_TOKEN_WRONG' ? EXIT.permission : exitCodeOfOpening(error)
}
