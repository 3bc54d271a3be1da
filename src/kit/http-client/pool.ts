import { readFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { createSecureContext } from 'node:tls'
import type { Pool } from 'undici'
import { asError } from '../../core/errors.ts'
import { componentError } from '../component-errors.ts'
import { AddressGuard, type Lookup } from './address-guard.ts'
import type { RequestOptions } from './options.ts'
import { bare, type Target } from './target.ts'

type PoolOptions = Pick<RequestOptions, 'allow' | 'tls' | 'connections' | 'connectTimeout'>

/**
 * Connections to one origin, which are kept alive. To which addresses they may lead is asked at each of them: of a name
 * when it is resolved, of an address before anything is sent there.
 *
 * @throws SLUICE_REQUEST_FILE
 */
export async function openPool({ origin }: Target, options: PoolOptions, lookup?: Lookup): Promise<Pool> {
  // Loaded by the first node that sends: it takes a fifth of a second.
  const [client, files] = await Promise.all([import('undici'), tlsFiles(options.tls)])
  const guard = new AddressGuard(options.allow)
  const connect = client.buildConnector({
    ...files,
    timeout: options.connectTimeout,
    lookup: guard.lookup(lookup),
  })
  return new client.Pool(origin, {
    connections: options.connections,
    // A call has one limit of its own, by the pipeline's clock.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: (to, callback) => {
      const host = bare(to.hostname)
      if (isIP(host) !== 0 && !guard.allows(host)) return callback(guard.refusal(host, [host]), null)
      connect(to, callback)
    },
  })
}

type TlsOptions = RequestOptions['tls']

/** What Node.js needs for TLS. Files are read anew for each `open`, because certificates are renewed. */
async function tlsFiles(tls: TlsOptions): Promise<object> {
  if (tls === undefined) return {}
  const [ca, cert, key] = await Promise.all([
    contentOf('ca', tls.ca),
    contentOf('cert', tls.cert),
    contentOf('key', tls.key),
  ])
  // Node.js takes a file without any for one of which nobody is trusted.
  if (ca?.includes('-----BEGIN ') === false)
    throw componentError('SLUICE_REQUEST_FILE', '`tls.ca`: there is no certificate in PEM format in the file')
  const files = { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) }
  try {
    createSecureContext(files)
  } catch (error) {
    const message = `\`ca\`, \`cert\` and \`key\` of \`tls\` make no certificate: ${asError(error).message}`
    throw componentError('SLUICE_REQUEST_FILE', message, error)
  }
  return { ...files, ...(tls.servername === undefined ? {} : { servername: tls.servername }) }
}

async function contentOf(option: string, path: string | undefined): Promise<Buffer | undefined> {
  if (path === undefined) return undefined
  try {
    return await readFile(path)
  } catch (error) {
    throw componentError('SLUICE_REQUEST_FILE', `\`tls.${option}\`: ${asError(error).message}`, error)
  }
}
