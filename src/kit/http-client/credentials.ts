import { readFile } from 'node:fs/promises'
import type { Clock } from '../../core/component.ts'
import { asError } from '../../core/errors.ts'
import { componentError } from '../component-errors.ts'
import { problemOfHeader, type FlatHeaders } from './headers.ts'
import type { RequestOptions } from './options.ts'

/** A file is looked at again for a request that comes so much later; ms. */
const LOOK_AGAIN_MS = 10_000
/** A shorter text is no secret worth the name, and may be part of any word. */
const SHORTEST_SECRET = 4
/** Headers of the options that hold what nobody should read. */
const SECRET_HEADER = /auth|token|secret|key|cookie|session|signature/i

type Auth = NonNullable<RequestOptions['auth']>
type Source = NonNullable<Auth['bearer']>

/**
 * What is sent along so that the server knows us, from the options or from a file. A file is read again when it is ten
 * seconds since it was, and when the server has refused what stood there: it may have been renewed meanwhile.
 */
export class Credentials {
  /** The header with the secret; none where there is no `auth`. */
  headers: FlatHeaders = []
  readonly #auth: Auth | undefined
  readonly #clock: Clock
  /** What never is to be shown, as it is written in the options or in a file, and as it is sent. */
  #secrets: readonly string[] = []
  readonly #fixed: readonly string[]
  #lookAgainAt = Infinity

  constructor({ auth, headers }: Pick<RequestOptions, 'auth' | 'headers'>, clock: Clock) {
    this.#auth = auth
    this.#clock = clock
    this.#fixed = Object.entries(headers)
      .filter(([name]) => SECRET_HEADER.test(name))
      .map(([, value]) => value)
  }

  /** @throws SLUICE_REQUEST_FILE */
  async open(): Promise<void> {
    const { bearer, basic, header } = this.#auth ?? {}
    if (bearer !== undefined) this.#set('Authorization', 'Bearer ', await this.#read(bearer))
    else if (basic !== undefined) this.#set('Authorization', 'Basic ', await this.#read(basic))
    else if (header !== undefined) this.#set(header.name, '', await this.#read(header.value))
  }

  /** Whether the file has to be looked at before the next request. */
  get isStale(): boolean {
    return this.#clock.now() >= this.#lookAgainAt
  }

  /**
   * Looks at the file again. One that can't be read just now, as while it is replaced, changes nothing: if what it held
   * is good no more, the server says so.
   *
   * @returns whether something else stands there now.
   */
  async renew(): Promise<boolean> {
    if (this.#lookAgainAt === Infinity) return false
    const before = this.headers.join('\n')
    try {
      await this.open()
    } catch {
      this.#lookAgainAt = this.#clock.now() + LOOK_AGAIN_MS
    }
    return this.headers.join('\n') !== before
  }

  /** A text from outside without what is secret: a server may repeat what it was sent. */
  masked(text: string): string {
    return [...this.#secrets, ...this.#fixed]
      .filter(({ length }) => length >= SHORTEST_SECRET)
      .toSorted((a, b) => b.length - a.length)
      .reduce((left, secret) => left.replaceAll(secret, '***'), text)
  }

  #set(name: string, scheme: 'Bearer ' | 'Basic ' | '', secret: string): void {
    const sent = scheme === 'Basic ' ? Buffer.from(secret).toString('base64') : secret
    if (problemOfHeader(sent) !== undefined)
      throw componentError('SLUICE_REQUEST_FILE', `what \`auth\` gives can't be sent in the header ${name}`)
    const password = scheme === 'Basic ' ? [secret.slice(secret.indexOf(':') + 1)] : []
    // A server that was sent the old one may still repeat it.
    this.#secrets = [...new Set([...this.#secrets.slice(-6), secret, sent, ...password])]
    this.headers = [name, scheme + sent]
  }

  /** The secret itself, or the first line of its file. */
  async #read(source: Source): Promise<string> {
    if (typeof source === 'string') return source
    this.#lookAgainAt = this.#clock.now() + LOOK_AGAIN_MS
    let text: string
    try {
      text = await readFile(source.file, 'utf8')
    } catch (error) {
      const message = `the file of \`auth\` can't be read: ${asError(error).message}`
      throw componentError('SLUICE_REQUEST_FILE', message, error)
    }
    const [line = ''] = text.split('\n')
    if (line.trim() === '') throw componentError('SLUICE_REQUEST_FILE', `the file ${source.file} of \`auth\` is empty`)
    return line.trim()
  }
}
