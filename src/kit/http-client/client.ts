import type { Pool } from 'undici'
import type { Clock } from '../../core/component.ts'
import { SluiceError } from '../../core/errors.ts'
import { componentError } from '../component-errors.ts'
import type { Lookup } from './address-guard.ts'
import type { Answer } from './answer.ts'
import { Credentials } from './credentials.ts'
import { Exchange, type Asker, type ExchangeHost, type Outgoing } from './exchange.ts'
import { failureOf } from './failures.ts'
import { Limits } from './limits.ts'
import type { RequestOptions } from './options.ts'
import { openPool } from './pool.ts'
import { shownUrl, targetOf, type Target } from './target.ts'
import { codeOfStatus, errorOfAnswer, type Asked, type Reading } from './verdict.ts'

/** Connections are made anew after so long, so that a name that leads elsewhere is followed; ms. */
const OLDEST_POOL_MS = 300_000

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
  readonly #limits: Limits<Exchange>
  readonly #host: ExchangeHost
  #openedAt = 0
  #isStopped = false
  #pool: Pool | undefined
  /** Under way, when the file with the secret is read again; all who want that wait for the same. */
  #renewing: Promise<boolean> | undefined

  constructor(options: RequestOptions, context: ClientContext) {
    this.target = targetOf(options.url)
    this.#options = options
    this.#context = context
    this.#credentials = new Credentials(options, context.clock)
    const late = (exchange: Exchange): void => exchange.giveUp(this.#late(exchange.outgoing))
    this.#limits = new Limits(context.clock, options.timeout, late)
    this.#host = {
      maxAnswer: options.maxAnswer,
      isGood: (status) => this.#isGood(status),
      answered: (exchange, answer) => {
        this.#limits.delete(exchange)
        exchange.resolve(answer)
      },
      failed: (exchange, error) => {
        this.#limits.delete(exchange)
        exchange.reject(this.#failure(exchange.outgoing, error))
      },
    }
    this.#reading = { statuses: options.statuses, hasOwnPath: context.hasOwnPath }
  }

  /** Nothing is sent: whether the server is there shows with the first message. @throws SLUICE_REQUEST_FILE */
  async open(): Promise<void> {
    await this.#credentials.open()
    this.#openedAt = this.#context.clock.now()
    this.#pool = await openPool(this.target, this.#options, this.#context.lookup)
  }

  /** Lets go of all connections; what is under way has been given up. */
  async stop(): Promise<void> {
    this.#isStopped = true
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
  #exchange(outgoing: Outgoing, call: Asker): Promise<Answer> {
    const { method, path, headers, body } = outgoing
    const own = this.#credentials.headers
    const beganAt = this.#context.clock.now()
    if (beganAt - this.#openedAt > OLDEST_POOL_MS) void this.#reopen()
    return new Promise((resolve, reject) => {
      const exchange = new Exchange(this.#host, { outgoing, call, beganAt }, [resolve, reject])
      this.#limits.add(exchange)
      const all = own.length === 0 ? headers : headers.concat(own)
      this.#pool!.dispatch({ method, path, headers: all, body: body ?? null }, exchange)
    })
  }

  /** What is under way ends on the connections that it has. Where new ones can't be made, the old ones stay. */
  async #reopen(): Promise<void> {
    this.#openedAt = this.#context.clock.now()
    const old = this.#pool
    try {
      const pool = await openPool(this.target, this.#options, this.#context.lookup)
      if (this.#isStopped) return await pool.destroy()
      this.#pool = pool
      await old?.close()
    } catch {
      // A file of `tls` is just being replaced, or the client was stopped meanwhile.
    }
  }

  #failure(outgoing: Outgoing, thrown: unknown): SluiceError {
    return failureOf(thrown, this.shown(outgoing), (text) => this.masked(text))
  }

  #late(outgoing: Outgoing): SluiceError {
    const { timeout } = this.#options
    const message = `${outgoing.method} ${this.shown(outgoing)}: no whole answer within ${timeout} ms; whether it took effect is unknown`
    return componentError('SLUICE_REQUEST_TIMED_OUT', message)
  }
}
