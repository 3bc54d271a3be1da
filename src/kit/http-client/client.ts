import type { Dispatcher, Pool } from 'undici'
import type { CallInfo, Clock } from '../../core/component.ts'
import { SluiceError } from '../../core/errors.ts'
import { componentError } from '../component-errors.ts'
import type { Lookup } from './address-guard.ts'
import { readBody, type Answer } from './answer.ts'
import { Credentials } from './credentials.ts'
import { failureOf } from './failures.ts'
import type { FlatHeaders } from './headers.ts'
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
  #pool: Pool | undefined
  /** Under way, when the file with the secret is read again; all who want that wait for the same. */
  #renewing: Promise<boolean> | undefined

  constructor(options: RequestOptions, context: ClientContext) {
    this.target = targetOf(options.url)
    this.#options = options
    this.#context = context
    this.#credentials = new Credentials(options, context.clock)
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
  async send(outgoing: Outgoing, call: Pick<CallInfo, 'signal'>): Promise<Answer> {
    if (this.#credentials.isStale) await this.#renew()
    let answer = await this.#exchange(outgoing, call)
    if (answer.status === 401 && (await this.#renew())) answer = await this.#exchange(outgoing, call)
    const code = codeOfStatus(answer.status, this.#reading)
    if (code === undefined) return answer
    throw errorOfAnswer(code, answer, this.#asked(outgoing))
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

  /** One request and its answer, within the time that there is. */
  async #exchange(outgoing: Outgoing, { signal }: Pick<CallInfo, 'signal'>): Promise<Answer> {
    const limit = new AbortController()
    const giveUp = (): void => limit.abort(signal.reason)
    if (signal.aborted) giveUp()
    signal.addEventListener('abort', giveUp)
    const timer = this.#context.clock.after(this.#options.timeout, () => limit.abort(this.#late(outgoing)))
    try {
      return await this.#request(outgoing, limit.signal)
    } catch (error) {
      // What aborted it is what it fails with, also where the client wraps it.
      if (limit.signal.reason instanceof SluiceError) throw limit.signal.reason
      throw failureOf(error, this.shown(outgoing), (text) => this.masked(text))
    } finally {
      timer.cancel()
      signal.removeEventListener('abort', giveUp)
    }
  }

  async #request(outgoing: Outgoing, signal: AbortSignal): Promise<Answer> {
    const { method, path, headers, body } = outgoing
    const response = await this.#pool!.request({
      method,
      path,
      headers: [...headers, ...this.#credentials.headers],
      body: body ?? null,
      signal,
    })
    return this.#answerOf(response, outgoing)
  }

  async #answerOf(response: Dispatcher.ResponseData, { wantsBody }: Outgoing): Promise<Answer> {
    const { statusCode: status, headers, body } = response
    const { maxAnswer } = this.#options
    const isGood = codeOfStatus(status, this.#reading) === undefined
    if (isGood && !wantsBody) {
      // The status has said all: that its body doesn't come, or breaks off, takes nothing back.
      await body.dump({ limit: maxAnswer })
      return { status, headers, body: NOTHING, isCut: false }
    }
    const most = isGood ? maxAnswer : Math.min(maxAnswer, MOST_OF_FAILURE)
    return { status, headers, ...(await readBody(body, most, !isGood)) }
  }

  #late(outgoing: Outgoing): SluiceError {
    const message = `${outgoing.method} ${this.shown(outgoing)}: no whole answer within ${this.#options.timeout} ms; whether it took effect is unknown`
    return componentError('SLUICE_REQUEST_TIMED_OUT', message)
  }
}

const NOTHING = Buffer.alloc(0)
