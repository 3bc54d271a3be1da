import { readFile } from 'node:fs/promises'
import { createSecureContext, type ConnectionOptions } from 'node:tls'
import { asError } from '../core/errors.ts'
import { redisError } from './errors.ts'
import { serverOf, type RedisOptions } from './options.ts'

/**
 * What Node.js needs for TLS; undefined where there is none. Files are read anew for each `open`, because certificates
 * are renewed.
 *
 * @throws SLUICE_REDIS_TLS_FILE for a file that can't be read, or isn't what it is given for
 */
export async function tlsOf({ url, tls }: RedisOptions): Promise<ConnectionOptions | undefined> {
  if (tls === undefined && !serverOf(url).hasTls) return undefined
  const { servername, rejectUnauthorized = true } = tls ?? {}
  const [ca, cert, key] = await Promise.all([
    contentOf('ca', tls?.ca),
    contentOf('cert', tls?.cert),
    contentOf('key', tls?.key),
  ])
  const files = { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) }
  try {
    createSecureContext(files)
  } catch (error) {
    const message = `\`ca\`, \`cert\` and \`key\` of \`tls\` make no certificate: ${asError(error).message}`
    throw redisError('SLUICE_REDIS_TLS_FILE', message, error)
  }
  return { ...files, ...(servername === undefined ? {} : { servername }), rejectUnauthorized }
}

async function contentOf(option: string, path: string | undefined): Promise<Buffer | undefined> {
  if (path === undefined) return undefined
  try {
    return await readFile(path)
  } catch (error) {
    throw redisError('SLUICE_REDIS_TLS_FILE', `\`tls.${option}\`: ${asError(error).message}`, error)
  }
}
