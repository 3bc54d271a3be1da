import { placeError } from '../../core/errors.ts'
import type { Message } from '../../core/message.ts'
import { OrderWatch, type Watched } from './order-watch.ts'
import { leavesOf } from './payload.ts'
import { hashOf } from './random.ts'
import { rootsOf, type Run } from './run.ts'
import type { Fault } from './faults.ts'
import type { WorkerChoice } from './scenario.ts'
import { Deferred } from './world.ts'

/** What every simulated call takes at most, unless a fault makes it longer. Simulated ms. */
const CALL_MS = 10
/** The timeout of simulated nodes. */
export const TIMEOUT_MS = 100
/** No shorter than it takes to ask for somebody's health. */
const SHORTEST_OUTAGE_MS = 20
const LONGEST_OUTAGE_MS = 400
/** One of so many messages is poison where there is any. */
const POISON_EVERY = 17
const SPOILED = 'not an array'

/** Faults that a message may be suspected for, if they hit it often enough while others succeed (A3). */
const LIKE_AN_OUTAGE: ReadonlySet<Fault> = new Set([
  'hang',
  'late',
  'slow',
  'lost-reply',
  'poison-outage',
  'poison-hang',
  'fail-place',
])
/** Faults that are no failure of their message. */
const HARMLESS: ReadonlySet<Fault> = new Set(['drop', ...LIKE_AN_OUTAGE])

/** The calls of one component instance, and what the faults of the run make of them. */
export class Calls {
  readonly #run: Run
  readonly #choice: WorkerChoice
  readonly #watch: OrderWatch
  readonly #holds: boolean
  #downUntil = 0

  constructor(run: Run, choice: WorkerChoice, holds: boolean) {
    this.#run = run
    this.#choice = choice
    this.#holds = holds
    this.#watch = new OrderWatch(run, choice)
  }

  /** Answers a call: at once or later, well or not. */
  answer(messages: readonly Message[], compute: () => unknown): unknown {
    const { trace, random } = this.#run
    const { name, asyncRate } = this.#choice
    const watched = this.#began(messages)
    trace.add('call', name, messages.map(({ id }) => id).join())
    if (this.#isDown()) return fail(watched, 'place', placeError('DOWN', 'the place is down'))
    if (asyncRate > 0 && this.#isPoisonous('poison-hang', messages)) {
      this.#timesOut(watched)
      return new Deferred()
    }
    if (this.#isPoisonous('poison-outage', messages))
      return fail(watched, 'place', placeError('REFUSED', 'the place takes other messages'))
    if (this.#isPoisoned(messages)) return fail(watched, 'message', new Error('poison'))
    if (this.strikes('throw', messages))
      return fail(watched, 'message', random.chance(0.5) ? new Error('thrown') : 'a string')
    const answer = (): unknown => {
      try {
        const value = this.#spoiled(messages, compute())
        if (this.#isReplyLost(messages)) return fail(watched, 'place', placeError('LOST', 'the reply was lost'))
        if (this.#isNoAnswer(messages, value)) watched.failed('message', true)
        else watched.answered()
        return value
      } catch (error) {
        watched.failed('message')
        throw error
      }
    }
    return random.chance(asyncRate) ? this.#answerLater(messages, watched, answer) : answer()
  }

  /** Says whether the place works, as it is just now. */
  readonly health = (): void => {
    const { faults, world, trace } = this.#run
    const isDown = !faults.isHealed && world.time < this.#downUntil
    trace.add(isDown ? 'ill' : 'healthy', this.#choice.name)
    if (isDown) throw placeError('DOWN', 'the place is down')
  }

  /** Whether a fault hits a call with these messages; their failure is explained by it. */
  strikes(fault: Fault, messages: readonly Message[]): boolean {
    if (!this.#run.faults.strikes(fault)) return false
    this.#struck(fault, messages)
    return true
  }

  /** A call gives one message back, because of the place. @param isLate others may have begun since it was taken. */
  comesAgain(message: Message, isLate = false): void {
    this.#watch.comesAgain(message, isLate)
    this.#run.attempts.comesAgain(message)
  }

  /** What a call has given turns out to be no good, when all of it is wanted. */
  failsLater(message: Message): void {
    if (message.attempt >= this.#choice.attempts) return
    this.#watch.comesAgain(message, false)
    this.#run.attempts.failsLater(message)
  }

  #struck(fault: Fault, messages: readonly Message[]): void {
    const { faults, oracle, trace } = this.#run
    faults.took(fault)
    trace.add(fault, this.#choice.name)
    const roots = messages.flatMap(rootsOf)
    if (LIKE_AN_OUTAGE.has(fault)) for (const root of roots) oracle.suspects.add(root)
    if (!HARMLESS.has(fault)) oracle.explain(roots)
  }

  #began(messages: readonly Message[]): Watched {
    const { name } = this.#choice
    const order = this.#watch.began(messages)
    if (this.#holds) return order // Started again for each throw, by rules of their own (D14).
    const attempt = this.#run.attempts.began(name, messages)
    return {
      answered() {
        order.answered()
        attempt.answered()
      },
      overdue: () => order.overdue(),
      failed(kind, isLate) {
        order.failed(kind, isLate)
        attempt.failed(kind)
      },
    }
  }

  #answerLater(messages: readonly Message[], watched: Watched, answer: () => unknown): Deferred {
    const { trace, random, world, faults } = this.#run
    const deferred = new Deferred()
    const before = trace.length
    if (this.strikes('hang', messages)) {
      this.#timesOut(watched)
      return deferred
    }
    const late = this.strikes('late', messages)
    if (late) this.#timesOut(watched)
    const slow = !late && faults.strikes('slow')
    const delay = late ? TIMEOUT_MS * 1.5 : slow ? TIMEOUT_MS * 0.6 : CALL_MS * random.float()
    world.schedule(delay, () => {
      if (slow && trace.length > before + 1) this.#struck('slow', messages)
      if (this.strikes('reject', messages)) {
        watched.failed('message')
        deferred.reject(new Error('rejected'))
        return
      }
      trace.add('answer', this.#choice.name)
      try {
        deferred.resolve(answer())
      } catch (error) {
        deferred.reject(error)
      }
    })
    return deferred
  }

  #timesOut(watched: Watched): void {
    watched.overdue()
    this.#run.world.schedule(TIMEOUT_MS, () => watched.failed('place', true))
  }

  /** Whether the kernel makes nothing of an answer, so that its call fails. */
  #isNoAnswer([message]: readonly Message[], value: unknown): boolean {
    const { role, maxExpansion } = this.#choice
    if (role === 'unbatch') return message!.parts === undefined
    return value === SPOILED || (role === 'expand' && (value as readonly unknown[]).length > maxExpansion)
  }

  /** Whether the place behind the node is down; an outage takes a while, and explains no failure. */
  #isDown(): boolean {
    const { faults, world, random, trace } = this.#run
    if (faults.isHealed) return false
    if (world.time < this.#downUntil) return true
    if (!faults.strikes('outage')) return false
    faults.took('outage')
    trace.add('outage', this.#choice.name)
    this.#downUntil = world.time + random.between(SHORTEST_OUTAGE_MS, LONGEST_OUTAGE_MS)
    return true
  }

  /** Messages that always fail here, healed or not; the others of their call must come through. */
  #isPoisoned(messages: readonly Message[]): boolean {
    const { faults } = this.#run
    if (!faults.isInRun('poison')) return false
    const poison = messages.filter(({ data }) => leavesOf(data).some((leaf) => this.#isPoison(leaf.root)))
    if (poison.length === 0) return false
    this.#struck('poison', poison)
    return true
  }

  #isPoison(root: string): boolean {
    return hashOf(`${this.#choice.name} can't take ${root}`) % POISON_EVERY === 0
  }

  /** A message for which this place always seems to be down. */
  #isPoisonous(fault: 'poison-outage' | 'poison-hang', messages: readonly Message[]): boolean {
    const { poisonous, faults, oracle } = this.#run
    if (poisonous.node !== this.#choice.name || !faults.isInRun(fault)) return false
    const poison = messages.filter(({ data }) => leavesOf(data).some(({ root }) => root === poisonous.root))
    if (poison.length === 0) return false
    this.#struck(fault, poison)
    // Which of them it is can't be told before they are alone.
    for (const root of messages.flatMap(rootsOf)) oracle.suspects.add(root)
    return true
  }

  /** The work is done, and nobody hears of it. What a holding node has taken in it doesn't deny. */
  #isReplyLost(messages: readonly Message[]): boolean {
    return !this.#holds && this.#choice.role !== 'pull' && this.strikes('lost-reply', messages)
  }

  #spoiled(messages: readonly Message[], value: unknown): unknown {
    const isOfMessages = this.#choice.role === 'handle' && this.#choice.kind === 'stage'
    return isOfMessages && this.strikes('bad-return', messages) ? SPOILED : value
  }
}

function fail(watched: Watched, kind: 'message' | 'place', thrown: unknown): never {
  watched.failed(kind)
  throw thrown
}
