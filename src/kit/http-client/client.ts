import type { Pool } from 'undici'
import type { CallInfo, Clock } from '../../core/component.ts'
import { SluiceError } from '../../core/errors.ts'
import { componentError } from '../component-errors.ts'
import type { Lookup } from './address-guard.ts'
import { readBody, type Answer } from './answer.ts'
import { Credentials } from './credentials.ts'
import { failureOf } from './failures.ts'
import type { FlatHeaders } from './headers.ts'
import { Limits } from './limits.ts'
import type { RequestOptions } from './options.ts'
import { openPool } from './pool.ts'
import { shownUrl, targetOf, type Target } from './target.ts'
import { codeOfStatus, errorOfAnswer, type Asked, type Reading } from './verdict.ts'

/** Of an answer that says why something failed no more is read. */
const MOST_OF_FAILURE = 65_536

/** One request, to the origin of its client. */
export interface Outgoing {
  readonly method: string
  /** With its query. */
  readonly path: string
  readonly headers: FlatHeaders
  readonly body: string | undefined
  /** Whether what the answer holds is wanted, and not only its status. */
  readonly wantsBody: boolean
}

/** Who wants a request: it is given up with the call. */
export type Asker = Pick<CallInfo, 'signal'>

export interface ClientContext {
  readonly clock: Clock
  /** Names to addresses; that of the system, unless a test has another. */
  readonly lookup?: Lookup | undefined
  /** The path is made of the message. */
  readonly hasOwnPath: boolean
}

/** Sends requests to one origin over connections that are kept alive, and says what their answers mean. */
export class HttpClient {
  readonly target: Target
  readonly #options: RequestOptions
  readonly #context: ClientContext
  readonly #credentials: Credentials
  readonly #reading: Reading
  readonly #limits: Limits
  #pool: Pool | undefined
  /** Under way, when the file with the secret is read again; all who want that wait for the same. */
  #renewing: Promise<boolean> | undefined

  constructor(options: RequestOptions, context: ClientContext) {
    this.target = targetOf(options.url)
    this.#options = options
    this.#context = context
    this.#credentials = new Credentials(options, context.clock)
    this.#limits = new Limits(context.clock, options.timeout)
    this.#reading = { statuses: options.statuses, hasOwnPath: context.hasOwnPath }
  }

  /** Nothing is sent: whether the server is there shows with the first message. @throws SLUICE_REQUEST_FILE */
  async open(): Promise<void> {
    await this.#credentials.open()
    this.#pool = await openPool(this.target, this.#options, this.#context.lookup)
  }

  /** Lets go of all connections; what is under way has been given up. */
  async stop(): Promise<void> {
    await this.#pool?.destroy()
  }

  /** Where a request goes, as a message may show it. */
  shown({ path }: Pick<Outgoing, 'path'>): string {
    return shownUrl(this.target, path)
  }

  /**
   * Sends a request.
   *
   * @returns the answer, where it is a good one.
   * @throws SLUICE_REQUEST_… of the message or of the place: `codeOfStatus` has the statuses.
   */
  async send(outgoing: Outgoing, call: Asker): Promise<Answer> {
    if (this.#credentials.isStale) await this.#renew()
    const answer = await this.#exchange(outgoing, call)
    if (this.#isGood(answer.status)) return answer
    const isRenewed = answer.status === 401 && (await this.#renew())
    return this.#judged(outgoing, isRenewed ? await this.#exchange(outgoing, call) : answer)
  }

  /** A text of the server without what is secret. */
  masked(text: string): string {
    return this.#credentials.masked(text)
  }

  #renew(): Promise<boolean> {
    return (this.#renewing ??= this.#credentials.renew().finally(() => (this.#renewing = undefined)))
  }

  #asked(outgoing: Outgoing): Asked {
    return {
      method: outgoing.method,
      url: this.shown(outgoing),
      now: this.#context.clock.date(),
      masked: (text) => this.masked(text),
    }
  }

  #isGood(status: number): boolean {
    return codeOfStatus(status, this.#reading) === undefined
  }

  #judged(outgoing: Outgoing, answer: Answer): Answer {
    const code = codeOfStatus(answer.status, this.#reading)
    if (code === undefined) return answer
    throw errorOfAnswer(code, answer, this.#asked(outgoing))
  }

  /** One request and its answer, within the time that there is. */
  async #exchange(outgoing: Outgoing, call: Asker): Promise<Answer> {
    const { method, path, headers, body, wantsBody } = outgoing
    const { maxAnswer } = this.#options
    const own = this.#credentials.headers
    const limit = this.#limits.begin(call, () => this.#late(outgoing))
    try {
      const response = await this.#pool!.request({
        method,
        path,
        headers: own.length === 0 ? headers : headers.concat(own),
        body: body ?? null,
        signal: limit,
      })
      const status = response.statusCode
      const isGood = this.#isGood(status)
      if (isGood && !wantsBody) {
        // The status has said all: that its body doesn't come, or breaks off, takes nothing back.
        await response.body.dump({ limit: maxAnswer })
        return { status, headers: response.headers, body: NOTHING, isCut: false }
      }
      const most = isGood ? maxAnswer : Math.min(maxAnswer, MOST_OF_FAILURE)
      return { status, headers: response.headers, ...(await readBody(response.body, most, !isGood)) }
    } catch (error) {
      // What aborted it is what it fails with, also where the client wraps it.
      if (limit.reason instanceof SluiceError) throw limit.reason
      throw failureOf(error, this.shown(outgoing), (text) => this.masked(text))
    } finally {
      this.#limits.end(limit)
    }
  }

  #late(outgoing: Outgoing): SluiceError {
    const message = `${outgoing.method} ${this.shown(outgoing)}: no whole answer within ${this.#options.timeout} ms; whether it took effect is unknown`
    return componentError('SLUICE_REQUEST_TIMED_OUT', message)
  }
}

const NOTHING = Buffer.alloc(0)
