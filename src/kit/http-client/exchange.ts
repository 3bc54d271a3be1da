import type { Dispatcher } from 'undici'
import type { CallInfo } from '../../core/component.ts'
import type { Answer, Headers } from './answer.ts'
import type { FlatHeaders } from './headers.ts'

type Controller = Dispatcher.DispatchController
type Handler = Dispatcher.DispatchHandler

/** Of an answer that says why something failed no more is read. */
const MOST_OF_FAILURE = 65_536

/** Who wants a request: it is given up with the call. */
export type Asker = Pick<CallInfo, 'signal'>

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

/** Who makes exchanges, and is told how they end. */
export interface ExchangeHost {
  /** Whether a status says that all is well. */
  isGood(status: number): boolean
  /** Largest answer that is read, in bytes. */
  readonly maxAnswer: number
  answered(exchange: Exchange, answer: Answer): void
  failed(exchange: Exchange, error: unknown): void
}

/**
 * One request that is under way, as the client tells of it. Its handler is given to `dispatch`, which all other ways to ask
 * are made of: those make a stream of each answer, which costs more than all the rest, and most answers are a status.
 *
 *     dispatch ─▶ onRequestStart ─▶ onResponseStart ─▶ onResponseData … ─▶ onResponseEnd
 *                       └──────────────────┴───── onResponseError ◀── giveUp
 */
export class Exchange implements Handler {
  readonly outgoing: Outgoing
  readonly call: Asker
  /** Monotonic ms. */
  readonly beganAt: number
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: Error) => void
  /** The signal of its call, once it listens to that. */
  signal: AbortSignal | undefined
  readonly #host: ExchangeHost
  #controller: Controller | undefined
  #isOver = false
  #status = 0
  #headers: Headers = NO_HEADERS
  /** What has come of the body, where it is of interest; how long it was, and may be. */
  #chunks: Buffer[] | undefined
  #length = 0
  #most = 0
  /** All of the body has to come: the status alone doesn't say what became of the request. */
  #needsAll = true

  constructor(
    host: ExchangeHost,
    { outgoing, call, beganAt }: Pick<Exchange, 'outgoing' | 'call' | 'beganAt'>,
    [resolve, reject]: readonly [(answer: Answer) => void, (error: Error) => void],
  ) {
    this.#host = host
    this.outgoing = outgoing
    this.call = call
    this.beganAt = beganAt
    this.resolve = resolve
    this.reject = reject
  }

  /** There is a connection. One that was given up while it waited for that is never sent. */
  onRequestStart(controller: Controller): void {
    if (this.#isOver) controller.abort(GIVEN_UP)
    else this.#controller = controller
  }

  onResponseStart(_controller: Controller, status: number, headers: Headers): void {
    if (status < 200) return // It says only that there will be an answer.
    const { maxAnswer } = this.#host
    const isGood = this.#host.isGood(status)
    this.#status = status
    this.#headers = headers
    this.#needsAll = isGood && this.outgoing.wantsBody
    this.#most = isGood ? maxAnswer : Math.min(maxAnswer, MOST_OF_FAILURE)
    if (this.#needsAll || !isGood) this.#chunks = []
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    if (this.#isOver) return
    this.#length += chunk.length
    this.#chunks?.push(chunk)
    if (this.#length <= this.#most) return
    this.#end(true)
    controller.abort(GIVEN_UP)
  }

  onResponseEnd(): void {
    this.#end(false)
  }

  /** A status that says all is not taken back by a body that doesn't come, or breaks off. */
  onResponseError(_controller: Controller | undefined, error: unknown): void {
    if (this.#isOver) return
    if (this.#status !== 0 && !this.#needsAll) return this.#end(true)
    this.#isOver = true
    this.#host.failed(this, error)
  }

  /** Its time is over, or its call is. */
  giveUp(reason: Error): void {
    this.onResponseError(undefined, reason)
    this.#controller?.abort(reason)
  }

  /** It listens to its call, which may be over before. */
  listen(): void {
    this.signal = this.call.signal
    if (this.signal.aborted) this.#callEnded()
    else this.signal.addEventListener('abort', this.#callEnded)
  }

  unlisten(): void {
    this.signal?.removeEventListener('abort', this.#callEnded)
  }

  readonly #callEnded = (): void => {
    const reason: unknown = this.signal?.reason
    this.giveUp(reason instanceof Error ? reason : GIVEN_UP)
  }

  #end(isCut: boolean): void {
    if (this.#isOver) return
    this.#isOver = true
    const body = this.#chunks === undefined ? NOTHING : Buffer.concat(this.#chunks).subarray(0, this.#most)
    this.#host.answered(this, { status: this.#status, headers: this.#headers, body, isCut })
  }
}

const NOTHING = Buffer.alloc(0)
const NO_HEADERS: Headers = {}
const GIVEN_UP = new Error('the request was given up')
