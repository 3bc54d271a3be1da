import { isIP } from 'node:net'

/** Where requests go, taken apart once. */
export interface Target {
  /** Scheme, host and port: what is connected to. */
  readonly origin: string
  /** Host as it is connected to, an IPv6 address without brackets. */
  readonly host: string
  readonly hasTls: boolean
  /** Path and query, as they are sent. */
  readonly path: string
}

/** @returns what is wrong, without repeating what was written: there may be a secret in it. */
export function problemOfUrl(text: string): string | undefined {
  if (!/^https?:\/\//i.test(text)) return 'begin with http:// or https://'
  if (!URL.canParse(text)) return 'write http://host:port/path, or https://'
  const { username, password, hostname, hash } = new URL(text)
  if (/[{}]/.test(hostname)) return 'no parameter stands in the host: where to connect to is the same for all messages'
  if (username !== '' || password !== '') return 'no user and password stand in the URL: give them as `auth`'
  return hash === '' ? undefined : 'leave out what stands behind "#": it is never sent'
}

/** @param text a URL in which `problemOfUrl` finds nothing wrong. */
export function targetOf(text: string): Target {
  const { protocol, origin, hostname, pathname, search } = new URL(text)
  return { origin, host: bare(hostname), hasTls: protocol === 'https:', path: pathname + search }
}

/** A host without the brackets of an IPv6 address. */
export function bare(hostname: string): string {
  const inside = /^\[(.*)\]$/.exec(hostname)?.[1]
  return inside !== undefined && isIP(inside) === 6 ? inside : hostname
}

/** A URL as a message may show it: a query may hold a key. */
export function shownUrl({ origin }: Pick<Target, 'origin'>, path: string): string {
  const query = path.indexOf('?')
  return origin + (query === -1 ? path : path.slice(0, query))
}
