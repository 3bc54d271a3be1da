import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'
import { asError } from '../core/errors.ts'
import { isLoopback } from '../kit/http/address.ts'
import { errnoOf } from '../kit/errno.ts'
import { quote } from '../kit/text.ts'
import { daemonError } from './errors.ts'

export interface TokenSource {
  /** What is listened on; any address that other machines can reach needs a token. */
  readonly host: string
  readonly token?: string | undefined
  /** A file that holds the token, and that other users may not read. */
  readonly tokenFile?: string | undefined
}

const TOKEN = /^[\x21-\x7e]{16,4096}$/
const MOST_FILE_BYTES = 4_100
const READABLE_BY_OTHERS = 0o004

/**
 * The token of the admin server; undefined where none is set and none is needed.
 *
 * @throws SLUICE_ADMIN_TOKEN_…, which never says what the token is
 */
export function adminToken({ host, token, tokenFile }: TokenSource): string | undefined {
  if (token !== undefined && tokenFile !== undefined) throw daemonError('SLUICE_ADMIN_TOKEN_TWICE')
  const found = tokenFile === undefined ? token : readToken(tokenFile)
  if (found === undefined && !isLoopback(host)) {
    const problem = `other machines can reach ${quote(host)}, and the admin server has no token`
    throw daemonError('SLUICE_ADMIN_TOKEN_MISSING', problem)
  }
  if (found !== undefined && !TOKEN.test(found)) throw daemonError('SLUICE_ADMIN_TOKEN_INVALID')
  return found
}

function readToken(path: string): string {
  const descriptor = open(path)
  try {
    const stats = fstatSync(descriptor)
    if (!stats.isFile() || stats.size > MOST_FILE_BYTES) throw unusable(path, 'is not a file with nothing but a token')
    if ((stats.mode & READABLE_BY_OTHERS) !== 0) throw unusable(path, 'can be read by other users')
    return readFileSync(descriptor, 'utf8').trim()
  } finally {
    closeSync(descriptor)
  }
}

function open(path: string): number {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK) // A pipe without a writer would block.
  } catch (error) {
    throw unusable(path, `cannot be read (${errnoOf(error) ?? asError(error).message})`)
  }
}

function unusable(path: string, why: string): Error {
  return daemonError('SLUICE_ADMIN_TOKEN_FILE_UNUSABLE', `the token file ${quote(path, 200)} ${why}`)
}
