import type { IncomingMessage } from 'node:http'
import { isIPv6 } from 'node:net'
import type { Answer } from '../kit/http/exchange.ts'
import { quote } from '../kit/text.ts'
import { answerOf } from './errors.ts'

/** What of a request tells who asks, and under which name. */
export interface Asked {
  readonly url?: IncomingMessage['url']
  readonly rawHeaders: IncomingMessage['rawHeaders']
  readonly socket: { readonly localAddress?: string | undefined }
}

const OWN_NAMES = ['localhost', '127.0.0.1', '[::1]']
/** Listening on these is listening on every address: no name of ours. */
const ANY_ADDRESS = new Set(['0.0.0.0', '::'])

const HOST = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/
const ABSOLUTE_TARGET = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i

/**
 * Makes the check of who asks. A page of another origin must not read what only this machine may: such a page is known
 * by its `Origin`, or, where it has made a name of its own point to this machine (DNS rebinding), by its `Host`. Ports
 * aren't compared with the one listened on: a tunnel may have another.
 *
 * @param host the address that is listened on
 * @param allowed other names under which the server may be asked
 * @returns what a request is answered with that is refused
 */
export function requestGuard(host: string, allowed: readonly string[]): (request: Asked) => Answer | undefined {
  const own = ANY_ADDRESS.has(host) ? [] : [hostOf(host)]
  const names = new Set([...OWN_NAMES, ...own, ...allowed.map((name) => name.toLowerCase())])
  return ({ url = '', rawHeaders, socket }) => {
    const hosts = valuesOf(rawHeaders, 'host')
    if (hosts.length !== 1) return answerOf('SLUICE_ADMIN_HOST_INVALID')
    // An authority in the request line stands above the header (RFC 9112, 3.2.2).
    const target = ABSOLUTE_TARGET.exec(url)?.[1]?.toLowerCase()
    const asked = target === undefined ? hosts : [...hosts, target]
    const refused = asked.map((name) => refusedHost(name, names, socket.localAddress)).find(Boolean)
    return refused ?? refusedOrigin(valuesOf(rawHeaders, 'origin'), hosts[0]!)
  }
}

function refusedHost(host: string, names: ReadonlySet<string>, address = ''): Answer | undefined {
  const name = HOST.exec(host)?.[1]
  if (name === undefined) return answerOf('SLUICE_ADMIN_HOST_INVALID')
  if (names.has(name) || name === hostOf(address)) return undefined
  return answerOf('SLUICE_ADMIN_HOST_REFUSED', `the admin server is not to be asked under the name ${quote(name)}`)
}

/** A browser says of every page but the server's own where it comes from. */
function refusedOrigin(origins: readonly string[], host: string): Answer | undefined {
  const foreign = origins.find((origin) => origin !== `http://${host}` && origin !== `https://${host}`)
  if (foreign === undefined) return undefined
  return answerOf('SLUICE_ADMIN_ORIGIN_REFUSED', `a page of ${quote(foreign)} may not ask the admin server`)
}

/** As an address stands in a Host header. */
function hostOf(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/, '')
  return isIPv6(plain) ? `[${plain}]` : plain.toLowerCase()
}

function valuesOf(rawHeaders: readonly string[], name: string): string[] {
  const values: string[] = []
  for (let index = 0; index < rawHeaders.length; index += 2)
    if (rawHeaders[index]!.toLowerCase() === name) values.push(rawHeaders[index + 1]!.toLowerCase())
  return values
}
