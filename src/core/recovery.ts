import { pauseAfter, RetryBudget } from './backoff.ts'
import { isConnectionError } from './connection-error.ts'
import { Circuit, type CircuitChange } from './circuit.ts'
import { asError, kindOf, retryAfterOf, SluiceError } from './errors.ts'
import type { Flight } from './flight.ts'
import type { Message } from './message.ts'
import { codeOf, OutageDetector } from './outage-detector.ts'
import { Odds } from './odds.ts'
import type { WorkerPlan } from './plan.ts'
import { renewed } from './renewal.ts'
import type { Scheduler } from './scheduler.ts'

/** Word of others that has to come so often, at least, before a message is taken for the cause of what looks like an outage. */
const LEAST_SUSPICIONS = 3

/** What has become of a message until now, where it has failed; kept for as long as the message is. */
export interface Story {
  /** Wall clock ms. */
  readonly firstFailedAt: number
  /** Monotonic ms, of the outage that it is kept for; undefined where its last failure was its own. */
  keptSince: number | undefined
  /** How often it failed as by an outage, and a call that was made after it succeeded. */
  suspicions: number
  /** How often it failed as by an outage, and when it is due again; monotonic ms, `Infinity` where that is up to the circuit. */
  refusals: number
  dueAt: number
  /** The call of its node after which the word of another one counts, while that is awaited. */
  awaits: number | undefined
}

/**
 * What becomes of a call that failed: `again`, counted as an attempt; `keep`, for as long as the place doesn't work;
 * `halve`, until the one message is alone that makes it fail; `end`, as `onFailure` says.
 */
export type Decision = 'again' | 'keep' | 'halve' | 'end'

export interface Recovering {
  readonly plan: WorkerPlan
  readonly host: { readonly scheduler: Scheduler }
  /** Calls that have begun. */
  readonly calls: number
  circuitChanged(change: CircuitChange): void
  /** Has the component say whether the place works; it is told by `heard`. */
  askHealth(): void
}

/**
 * What a node knows of its failures (A3): whether the place works, which messages are suspected, and how many retries may
 * be made. Made when something fails for the first time, so that it costs nothing before.
 */
export class Recovery {
  readonly circuit: Circuit
  /** Messages that have given their credit back and wait, for their turn or behind one that does (D12). */
  parked = 0
  readonly #node: Recovering
  readonly #stories = new WeakMap<Message, Story>()
  /** Stories that await word of others. */
  #suspects: Story[] = []
  readonly #budget: RetryBudget
  readonly #detector = new OutageDetector()
  readonly #odds = new Odds()
  /** Calls that had begun when the last outage was over. */
  #closedTurn = 0

  constructor(node: Recovering) {
    const { retry } = node.plan
    const { env, now } = node.host.scheduler
    this.#node = node
    this.circuit = new Circuit(
      retry.backoff,
      () => env.random(),
      (change) => node.circuitChanged(change),
    )
    this.#budget = new RetryBudget(retry.budget, now)
  }

  /** When a message that the place has refused is due again, monotonic ms; undefined for any other. */
  dueAtOf(message: Message): number | undefined {
    const story = this.#stories.get(message)
    return story?.keptSince === undefined ? undefined : story.dueAt
  }

  storyOf(message: Message): Story | undefined {
    return this.#stories.get(message)
  }

  /** A message comes again as another object. */
  renew(message: Message): Message {
    const again = renewed(message)
    this.inherit(message, again)
    return again
  }

  /** What is known of a message is true of one that comes in its stead. */
  inherit(message: Message, again: Message): void {
    const story = this.#stories.get(message)
    if (story !== undefined) this.#stories.set(again, story)
  }

  /** What becomes of a call that threw; where it is made again, says when. */
  decide(flight: Flight): Decision {
    const error = asError(flight.answer)
    const messages = flight.messages
    const isPlace = this.#isOfThePlace(error, flight)
    const stories = messages.map((message) => this.#remember(message))
    return isPlace ? this.#outage(flight, stories, error) : this.#failure(flight, stories)
  }

  /** A call has succeeded, or a message has failed by its own fault: the place works. */
  answered({ turn, isProbe }: Pick<Flight, 'turn' | 'isProbe'>): void {
    if (isProbe && this.circuit.state === 'probing') this.#close()
    this.#odds.succeeded()
    this.#giveWord(turn)
  }

  /** Another call, the node's so manieth, has succeeded. */
  #giveWord(turn: number): void {
    if (this.#suspects.length === 0) return
    const left: Story[] = []
    for (const story of this.#suspects) {
      if (story.awaits === undefined || turn < story.awaits) {
        if (story.awaits !== undefined) left.push(story)
        continue
      }
      story.suspicions++
      story.awaits = undefined
    }
    this.#suspects = left
  }

  /** The place has taken a message outside of any call; the call that brought it was the node's so manieth. */
  worked(turn: number): void {
    if (!this.circuit.isClosed) this.#close()
    this.answered({ turn, isProbe: false })
  }

  /** A handler has refused messages of a call that has to wait for its turn: nothing more is sent there meanwhile. */
  refused(error: unknown): void {
    const reason = asError(error)
    if (this.circuit.isClosed) this.circuit.open(this.#node.host.scheduler.now, reason, retryAfterOf(reason))
  }

  /** The component says that the place works, or doesn't. */
  heard(isHealthy: boolean): void {
    if (isHealthy) this.#giveWord(Infinity)
    else this.#clearSuspects()
  }

  /** The node starts anew: all that waited is on its edges again. */
  startOver(): void {
    this.parked = 0
    this.circuit.unprobe()
  }

  /** Takes a retry out of the budget. @returns 0, or after how many ms to ask again. */
  spend(): number {
    return this.#budget.take(this.#node.host.scheduler.now, this.#node.calls)
  }

  #failure(flight: Flight, stories: readonly Story[]): Decision {
    const { plan } = this.#node
    const { now, date, env } = this.#node.host.scheduler
    this.answered(flight)
    for (const story of stories) story.keptSince = undefined
    flight.dueAt = now
    if (flight.messages.length > 1) return 'halve'
    const { attempt, deadline } = flight.messages[0]!.envelope
    if (attempt >= plan.retry.attempts) return 'end'
    const pauseMs = pauseAfter(attempt, plan.retry.backoff, env.random())
    if (deadline !== undefined && date + pauseMs > deadline) return 'end'
    flight.dueAt = now + pauseMs
    return 'again'
  }

  /** The first message speaks for its call. */
  #outage(flight: Flight, stories: readonly Story[], error: Error): Decision {
    const { plan } = this.#node
    const { now, env } = this.#node.host.scheduler
    const { circuit } = this
    const story = stories[0]!
    const isSuspect = story.suspicions > 0 && circuit.isClosed
    if (story.keptSince === undefined) this.#odds.failed()
    this.#awaitWord(story)
    for (const each of stories) each.keptSince ??= now
    story.refusals++
    if (story.suspicions >= this.#odds.words(Math.max(LEAST_SUSPICIONS, plan.retry.attempts))) {
      return this.#convict(flight, stories, error)
    }
    if (this.#isTooLong(story)) {
      if (flight.isProbe) circuit.open(now, error, retryAfterOf(error))
      flight.answer = this.#givenUp(error)
      return 'end'
    }
    // It is an old one, whose answer had to wait for its turn: the outage that it tells of is over.
    if (circuit.isClosed && flight.turn < this.#closedTurn) flight.dueAt = now
    else if (isSuspect)
      flight.dueAt =
        now + Math.max(retryAfterOf(error) ?? 0, pauseAfter(story.refusals, plan.retry.backoff, env.random()))
    else {
      if (circuit.isClosed || flight.isProbe || circuit.isDue(now)) circuit.open(now, error, retryAfterOf(error))
      flight.dueAt = Infinity
    }
    for (const each of stories) each.dueAt = flight.dueAt
    this.#node.askHealth() // Others may never come to say a word.
    return 'keep'
  }

  #close(): void {
    this.#closedTurn = this.#node.calls
    this.circuit.close(this.#node.host.scheduler.now)
  }

  #isTooLong({ keptSince = Infinity }: Story): boolean {
    const { plan, host } = this.#node
    return host.scheduler.now - keptSince >= plan.giveUpAfterMs
  }

  /** What it fails with; where nobody wants to wait at all, that is what was thrown. */
  #givenUp(error: Error): Error {
    if (this.#node.plan.giveUpAfterMs === 0) return error
    return new SluiceError('SLUICE_GIVEN_UP', `gave up: ${error.message}`, { cause: error })
  }

  /** Others succeed where it fails. */
  #convict(flight: Flight, stories: readonly Story[], error: Error): Decision {
    if (flight.isProbe) this.circuit.unprobe()
    flight.dueAt = this.#node.host.scheduler.now
    const { suspicions } = stories[0]!
    for (const story of stories) story.suspicions = 0
    if (stories.length > 1) return 'halve'
    const message = flight.messages[0]!
    message.envelope = message.envelope.with({ attempt: message.attempt + suspicions })
    const text = `failed as by an outage while others succeeded: ${error.message}`
    flight.answer = new SluiceError('SLUICE_MESSAGE_SUSPECTED', text, { cause: error })
    return 'end'
  }

  /** It counts against the message only if the next call that another message makes succeeds. */
  #awaitWord(story: Story): void {
    this.#clearSuspects() // Those who waited have their word: there was an outage.
    story.awaits = this.#node.calls
    this.#suspects.push(story)
  }

  #clearSuspects(): void {
    for (const story of this.#suspects) story.awaits = undefined
    this.#suspects = []
  }

  #remember(message: Message): Story {
    let story = this.#stories.get(message)
    if (story === undefined) {
      story = {
        firstFailedAt: this.#node.host.scheduler.date,
        keptSince: undefined,
        suspicions: 0,
        refusals: 0,
        dueAt: 0,
        awaits: undefined,
      }
      this.#stories.set(message, story)
    }
    return story
  }

  /** Errors say whose fault they are; of those that don't, an outage is told by their number, where there is I/O. */
  #isOfThePlace(error: Error, flight: Flight): boolean {
    if (kindOf(error) === 'place') return true
    if (error instanceof SluiceError || !this.#node.plan.component.io) return false
    if (isConnectionError(error)) return true
    const isOutage = this.#detector.failed(flight, codeOf(error))
    const { error: outage } = this.circuit
    return isOutage || (outage !== undefined && codeOf(outage) === codeOf(error)) // It goes on, with fewer calls.
  }
}
