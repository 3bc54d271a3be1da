import { isIPv6 } from 'node:net'
import { z } from 'zod'
import { duration } from '../kit/units.ts'

/** A host and its port. */
export interface Address {
  readonly host: string
  readonly port: number
}

const REDIS_PORT = 6379
const SENTINEL_PORT = 26_379
const HIGHEST_PORT = 65_535
/** More has no database index, and no server by default more than 16. */
const HIGHEST_DB = 65_535

const filePath = (): z.ZodString => z.string().min(1).max(4096)
const secret = (): z.ZodString => z.string().min(1).max(4096)

/** `host:port`, where the port may be left out; an IPv6 address stands in brackets if it has a port. */
function addresses(defaultPort: number): z.ZodType<Address[], string[]> {
  const one = z.string().transform((text, context) => {
    const address = addressIn(text, defaultPort)
    if (address !== undefined) return address
    // What was written isn't repeated: where an address is wrong it may be a URL with a password.
    context.addIssue({ code: 'custom', message: `write a host and a port, such as "10.0.0.1:${defaultPort}"` })
    return z.NEVER
  })
  return z.array(one).min(1).max(100)
}

function addressIn(text: string, defaultPort: number): Address | undefined {
  if (isIPv6(text)) return { host: text, port: defaultPort }
  const [, bracketed, name, port] = /^(?:\[([0-9a-f:.]+)\]|([A-Za-z0-9._-]+))(?::(\d{1,5}))?$/i.exec(text) ?? []
  const host = bracketed ?? name
  const number = port === undefined ? defaultPort : Number(port)
  if (host === undefined || (bracketed !== undefined && !isIPv6(bracketed))) return undefined
  return number >= 1 && number <= HIGHEST_PORT ? { host, port: number } : undefined
}

/** What a URL says; empty where it isn't one. */
interface UrlParts {
  readonly address: Address
  readonly hasTls: boolean
  readonly username?: string
  readonly password?: string
  readonly db?: number
}

/** @returns the parts, or what is wrong, without repeating what was written: there may be a password in it. */
export function readUrl(text: string): UrlParts | string {
  if (!/^rediss?:\/\//.test(text)) return 'begin with redis://, or with rediss:// for TLS'
  if (!URL.canParse(text))
    return 'write redis://user:password@host:port/db; write %40 for "@" in a password, %2F for "/"'
  const { protocol, hostname, port, username, password, pathname, search, hash } = new URL(text)
  if (search !== '' || hash !== '') return 'nothing may follow the number of the database: options stand beside `url`'
  const [, digits = '0'] = /^\/?(\d{1,5})?$/.exec(pathname) ?? []
  if (!/^\/?(\d{1,5})?$/.test(pathname)) return 'behind the "/" stands the number of a database'
  const address = { host: hostname.replace(/^\[|\]$/g, '') || '127.0.0.1', port: Number(port || REDIS_PORT) }
  const user = decoded(username)
  const word = decoded(password)
  if (user === undefined || word === undefined) return 'a "%" of user and password is written %25'
  return {
    address,
    hasTls: protocol === 'rediss:',
    ...(user === '' ? {} : { username: user }),
    ...(word === '' ? {} : { password: word }),
    ...(Number(digits) === 0 ? {} : { db: Number(digits) }),
  }
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

const tlsOptions = z
  .strictObject({
    ca: filePath()
      .optional()
      .describe('File with the certificates of the authorities to trust, instead of those of Node.js.'),
    cert: filePath().optional().describe('File with the certificate of the client, where the server wants one.'),
    key: filePath().optional().describe('File with the key of that certificate.'),
    servername: z.string().min(1).max(253).optional().describe('Name that is in the certificate of the server.'),
    rejectUnauthorized: z
      .boolean()
      .default(true)
      .describe(
        'Whether a certificate that is not trusted is refused. False lets anybody between read and change all.',
      ),
  })
  .refine(({ cert, key }) => (cert === undefined) === (key === undefined), {
    error: '`cert` and `key` belong together: give both',
  })

/** Fields of the options that can only be compared with others, in the words of a message. */
interface Compared {
  readonly url?: string | undefined
  readonly sentinels?: readonly Address[] | undefined
  readonly cluster?: readonly Address[] | undefined
  readonly name?: string | undefined
  readonly username?: string | undefined
  readonly password?: string | undefined
  readonly db?: number | undefined
  readonly tls?: unknown
  readonly sentinelUsername?: string | undefined
  readonly sentinelPassword?: string | undefined
}

type Conflict = readonly [path: keyof Compared, message: string]

/** What is wrong with fields that are right each for itself. */
function conflictsOf(given: Compared): Conflict[] {
  const { url, sentinels, cluster, name, username, password, db } = given
  const found: Conflict[] = []
  const wrong = (path: keyof Compared, message: string): void => void found.push([path, message])
  if ([url, sentinels, cluster].filter((way) => way !== undefined).length > 1) {
    wrong(url === undefined ? 'cluster' : 'url', 'give one of `url`, `sentinels` and `cluster`')
  }
  if (sentinels !== undefined && name === undefined)
    wrong('name', 'the name of the master that the Sentinels watch is missing')
  if (sentinels === undefined) {
    for (const field of ['name', 'sentinelUsername', 'sentinelPassword'] as const) {
      if (given[field] !== undefined) wrong(field, 'this belongs to `sentinels`')
    }
  }
  if (cluster !== undefined && (db ?? 0) > 0) wrong('db', 'a cluster has no other database than 0')
  if (given.sentinelUsername !== undefined && given.sentinelPassword === undefined) {
    wrong('sentinelUsername', 'a user needs `sentinelPassword`')
  }
  const parts = url === undefined ? undefined : readUrl(url)
  if (typeof parts === 'object') found.push(...conflictsOfUrl(parts, given))
  const hasPassword = password !== undefined || (typeof parts === 'object' && parts.password !== undefined)
  const hasUser = username !== undefined || (typeof parts === 'object' && parts.username !== undefined)
  if (hasUser && !hasPassword) wrong(username === undefined ? 'url' : 'username', 'a user needs a password')
  return found
}

function conflictsOfUrl(parts: UrlParts, given: Compared): Conflict[] {
  const twice = (['username', 'password', 'db'] as const).filter(
    (field) => parts[field] !== undefined && given[field] !== undefined,
  )
  const found: Conflict[] = twice.map((field) => [field, `\`url\` has this already: give it once`])
  if (given.tls !== undefined && !parts.hasTls) found.push(['tls', 'write the `url` as rediss://, so that TLS is used'])
  return found
}

const url = z
  .string()
  .max(8192)
  .superRefine((text, context) => {
    const parts = readUrl(text)
    if (typeof parts === 'string') context.addIssue({ code: 'custom', message: parts })
  })

/**
 * How to reach Redis, and how long to wait for it. One server by `url`, which is the default; a master watched by
 * Sentinels; or a cluster.
 *
 * Passwords are better left to the environment: `password: ${REDIS_PASSWORD}`.
 */
export const redisOptions = z
  .strictObject({
    url: url
      .optional()
      .describe(
        'One server: redis://user:password@host:port/db, rediss:// with TLS. Without an address redis://127.0.0.1:6379.',
      ),
    sentinels: addresses(SENTINEL_PORT).optional().describe('Sentinels, as host:port, that know where the master is.'),
    name: z.string().min(1).max(253).optional().describe('Name of the master that the Sentinels watch.'),
    sentinelUsername: z.string().min(1).max(253).optional().describe('User at the Sentinels.'),
    sentinelPassword: secret().optional().describe('Password at the Sentinels.'),
    cluster: addresses(REDIS_PORT)
      .optional()
      .describe('Some nodes of a cluster, as host:port; they tell of the others.'),
    username: z.string().min(1).max(253).optional().describe('User of the access list (ACL); without it `default`.'),
    password: secret().optional().describe('Password, best from a variable.'),
    db: z.int().min(0).max(HIGHEST_DB).optional().describe('Number of the database.'),
    tls: tlsOptions.optional().describe('TLS, to Sentinels too; `{}` trusts what Node.js trusts.'),
    connectTimeout: duration({ min: '50ms', max: '1m' }).prefault('5s').describe('Longest time to connect.'),
    commandTimeout: duration({ min: '50ms', max: '1m' })
      .prefault('2s')
      .describe('Longest time for an answer; after twice that time without any the connection is made anew.'),
  })
  .superRefine((given, context) => {
    for (const [field, message] of conflictsOf(given)) {
      context.addIssue({ code: 'custom', path: [field], message })
    }
  })

export type RedisOptions = z.output<typeof redisOptions>

/** Where a connection leads, for people: no user, no password. */
export function addressOf({ url: text, sentinels, name, cluster }: RedisOptions): string {
  const written = (all: readonly Address[]): string => all.map(textOf).join(', ')
  if (sentinels !== undefined) return `master "${name}" of the Sentinels ${written(sentinels)}`
  if (cluster !== undefined) return `the cluster ${written(cluster)}`
  return textOf(serverOf(text).address)
}

/** The one server of a `url`; the default one without. */
export function serverOf(text: string | undefined): UrlParts {
  const parts = text === undefined ? undefined : readUrl(text)
  if (typeof parts === 'object') return parts
  return { address: { host: '127.0.0.1', port: REDIS_PORT }, hasTls: false }
}

function textOf({ host, port }: Address): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** What must never be printed. */
export function secretsOf({ url: text, password, sentinelPassword }: RedisOptions): string[] {
  const inUrl = serverOf(text).password
  const written = inUrl === undefined ? [] : [inUrl, encodeURIComponent(inUrl)]
  return [password, sentinelPassword, ...written].filter((word) => word !== undefined)
}
