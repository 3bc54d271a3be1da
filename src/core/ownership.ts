import { addChild, hasChildren, releaseParents, voidChildren, voidChildrenOfRefused } from './children.ts'
import { kindOf, SluiceError } from './errors.ts'
import type { Flight } from './flight.ts'
import { Held, standIn } from './held.ts'
import { Draft, Envelope, FREE, Group, Kin, kinOf, Message, SETTLED, THROWN, VOID, type Verdict } from './message.ts'
import { bytesOf } from './queue.ts'
import { refuseInCall, returnHeld, type Returned } from './refusals.ts'
import { ackAll } from './settle.ts'
import { badReturn, foreign, messageOf, messagesOf, oneOrMore } from './verb-arguments.ts'

/** What ownership needs of its node. */
export interface Owner {
  /** The call of this node that has the stamp, if it is still open. */
  openCall(number: number): Flight | undefined
  /** A message that its handler ended: it is taken out of the results. */
  removed(): void
  /** Something has failed here, and word of others counts. */
  readonly awaitsWord: boolean
  fail(message: Message, error: unknown): void
  /** Whether a message is in a call that waits to be made again. */
  isWaiting(message: Message): boolean
  /** Whether a message without a stamp is in the hands of this node's per-message handler. */
  isInHand(message: Message): boolean
  /** Such a message is made again, because the place doesn't work (A3). @returns false if it is none. */
  refuseInHand(message: Message, error: unknown): boolean
  /** A message that was held is handled again, because the place doesn't work; its credit was given back. */
  comeAgain(returned: Returned, error: unknown): void
  /** The place took a held message; the call that brought it was the node's so manieth. */
  worked(sequence: number): void
  /** Counts and reports the failure of a message, or of one part of it. */
  verdictOf(message: Message, error: unknown, part?: number): Verdict
  drop(messages: readonly Message[], reason: string): void
}

/**
 * Who owns which message at one node (A9): the calls that have them, what the node holds, and the verbs by which a
 * component says what becomes of them. A message says by its stamp whose it is:
 *
 *     call number ──hold──▶ held ──join──▶ joined ──release──▶ free
 */
export class Ownership {
  readonly held: Held
  readonly #owner: Owner
  readonly #isStage: boolean

  constructor(owner: Owner, nodeIndex: number, isStage: boolean) {
    this.#owner = owner
    this.held = new Held(nodeIndex)
    this.#isStage = isStage
  }

  /** Makes the messages the call's. */
  begin(flight: Flight): void {
    const { messages, number } = flight
    for (let i = 0; i < messages.length; i++) messages[i]!.stamp = number
  }

  /**
   * Takes what a `handle` call returned: every message of the call must have been returned, dropped, failed or held.
   * @returns the messages to pass on; for a consumer, whose return is the ack, those to ack.
   * @throws SLUICE_HANDLER_BAD_RETURN, SLUICE_HANDLER_FOREIGN_MESSAGE: then the call has failed.
   */
  accept(flight: Flight, value: unknown): Message[] {
    if (!this.#isStage) return this.#findLost(flight)
    let out: Message[] = []
    if (value !== undefined && value !== null) {
      if (!Array.isArray(value)) throw badReturn('an array of messages', value)
      if (this.#check(value, flight.number, out)) out = this.#release(out)
    }
    this.#findLost(flight)
    return out
  }

  /**
   * The call failed: what it made counts no more, and its messages are its own again.
   *
   * @param isAll whether batches that it made are void as well: the node starts again.
   * @returns those without an outcome that have not gone elsewhere since: given out by `emit`, or into a batch.
   */
  revoke(flight: Flight, isAll: boolean): Message[] {
    const survivors = voidChildren(flight, this.held)
    const left: Message[] = []
    for (const message of flight.messages) {
      const { stamp } = message
      if (stamp === this.held.stamp || (isAll && stamp === this.held.joinedStamp)) this.held.takeBack(message)
      else if (stamp !== flight.number && flight.refused?.has(message) !== true) continue
      message.stamp = FREE
      left.push(survivors.has(message) ? standIn(message) : message)
    }
    return left
  }

  hold(messages: Message | readonly Message[]): void {
    let flight: Flight | undefined
    for (const message of oneOrMore('hold', messages)) {
      if (isEnded(message)) continue
      if (flight === undefined || message.stamp !== flight.number) flight = this.#owner.openCall(message.stamp)
      if (flight === undefined || hasChildren(message)) throw foreign('hold', 'messages of a call that is open')
      this.held.add(message, flight.sourceOf(message))
    }
  }

  ack(messages: Message | readonly Message[]): void {
    const acked: Message[] = []
    let latest = -1
    try {
      for (const message of oneOrMore('ack', messages)) {
        if (isEnded(message)) continue
        if (message.stamp !== this.held.stamp) throw foreign('ack', 'messages that are held')
        if (this.#owner.awaitsWord) latest = Math.max(latest, this.held.sequenceOf(message))
        this.held.release(message)
        message.stamp = SETTLED
        acked.push(message)
      }
    } finally {
      ackAll(acked)
    }
    if (latest >= 0) this.#owner.worked(latest)
  }

  drop(given: Message, reason: string): void {
    const message = this.#take(messageOf('drop', given), 'drop')
    if (message === undefined || hasChildren(message)) return
    this.#owner.drop([message], reason)
    message.stamp = SETTLED
  }

  fail(failed: Message, error: unknown, part?: number): void {
    const given = messageOf('fail', failed)
    const reason = error ?? new SluiceError('SLUICE_MESSAGE_FAILED')
    if (kindOf(reason) === 'place' && this.#refuse(sourceOf(given), reason)) return
    if (part !== undefined) return this.#failPart(given, reason, part)
    const message = this.#take(given, 'fail')
    if (message === undefined) return
    if (hasChildren(message)) message.kin!.verdict = this.#owner.verdictOf(message, reason)
    else this.#owner.fail(message, reason)
  }

  join(given: readonly Message[], key: string | undefined): Message<readonly unknown[]> {
    const parts = withoutEnded(messagesOf('join', given))
    const data = parts.map((part) => part.data)
    return this.#combine(data, parts, key)
  }

  derive(data: unknown, parents: readonly Message[]): Message {
    return this.#combine(data, withoutEnded(messagesOf('derive', parents)), parents[0]?.key)
  }

  child(given: Message, data: unknown): Message {
    const parent = sourceOf(messageOf('child', given))
    const flight = this.#owner.openCall(parent.stamp)
    const isChild = flight !== undefined && parent.parent?.stamp === flight.number
    if (flight === undefined || isChild)
      throw foreign('make children of', 'messages that came into a call that is open')
    return addChild(flight, parent, data)
  }

  /** Messages that a component gives outside of its calls. */
  emit(messages: readonly Message[]): Message[] {
    const out: Message[] = []
    this.#check(messagesOf('emit', messages), undefined, out)
    return this.#release(out)
  }

  /**
   * Checks that messages may leave, and frees those of the call; nothing is changed if one may not.
   * One whose outcome is known is passed over: its call took too long, or it was ended by a verb.
   *
   * @param out gets those that may, as they were given.
   * @returns whether there is something to do beyond that: held messages, or new data.
   */
  #check(messages: readonly unknown[], number: number | undefined, out: Message[]): boolean {
    let isPlain = true
    try {
      for (const given of messages) {
        if (!(given instanceof Message)) throw badReturn('messages only', given)
        const message = sourceOf(given)
        const { stamp } = message
        if (isEnded(message)) continue
        if (stamp === number && !hasChildren(message)) message.stamp = FREE
        else if (stamp === this.held.stamp) {
          message.stamp = LEAVING
          isPlain = false
        } else throw foreign('return', 'messages of its call that have no children, and held ones, each once')
        if (given !== message) isPlain = false
        out.push(given)
      }
    } catch (error) {
      for (const given of out) this.#restore(sourceOf(given), number)
      throw error
    }
    return !isPlain
  }

  #restore(message: Message, number: number | undefined): void {
    if (message.stamp === LEAVING) message.stamp = this.held.stamp
    else if (message.stamp === FREE) message.stamp = number!
  }

  /** Lets checked messages go: held ones are held no more, changed ones get their data. The array is taken over. */
  #release(messages: Message[]): Message[] {
    for (let i = 0; i < messages.length; i++) {
      const given = messages[i]!
      const message = sourceOf(given)
      if (message.stamp === LEAVING) {
        message.stamp = this.held.stamp
        this.held.release(message)
      }
      if (given === message) continue
      message.data = given.data
      messages[i] = message
    }
    return messages
  }

  #combine<T>(data: T, parts: readonly Message[], key: string | undefined): Message<T> {
    if (parts.length === 0) return emptyBatch(data, key)
    if (parts.some(({ stamp }) => stamp !== this.held.stamp)) throw foreign('join', 'messages that are held')
    this.held.join(parts)
    const { group, time } = parts[0]!.envelope
    const combined = new Message(data, key, 0, new Envelope(group, time), bytesOf(parts))
    combined.stamp = this.held.stamp
    combined.kin = new Kin()
    combined.kin.parts = parts
    return combined
  }

  /** It is handled again, because the place doesn't work (A3). @returns whether it can be. */
  #refuse(message: Message, error: unknown): boolean {
    const { stamp } = message
    if (stamp === FREE) return this.#owner.refuseInHand(message, error)
    if (stamp !== this.held.stamp) {
      const flight = this.#owner.openCall(stamp)
      return flight !== undefined && refuseInCall(flight, message, error)
    }
    const returned = returnHeld(this.held, message)
    for (const each of returned ?? []) this.#owner.comeAgain(each, error)
    return returned !== undefined
  }

  #take(given: Message, verb: string): Message | undefined {
    const message = sourceOf(given)
    const { stamp } = message
    if (isEnded(message) || this.#owner.isWaiting(message)) return undefined
    if (stamp === this.held.stamp) this.held.release(message)
    else if (stamp === FREE ? !this.#owner.isInHand(message) : this.#owner.openCall(stamp) === undefined) {
      throw foreign(verb, 'messages of a call that is open, and held ones')
    } else this.#owner.removed()
    return message
  }

  #failPart(given: Message, error: unknown, part: number): void {
    const message = sourceOf(given)
    const count = message.parts?.length ?? 0
    if (!Number.isInteger(part) || part < 0 || part >= count) throw foreign('fail', `a part from 0 to ${count - 1}`)
    if (isEnded(message)) return
    const verdicts = (kinOf(message).partVerdicts ??= new Map<number, Verdict>())
    if (!verdicts.has(part)) verdicts.set(part, this.#owner.verdictOf(message, error, part))
  }

  /** Ends what a successful call left lying: an ack at a consumer, an error at a stage. @returns what is to be acked. */
  #findLost(flight: Flight): Message[] {
    const { messages, children, number } = flight
    const done: Message[] = []
    for (let i = 0; i < messages.length; i++) {
      const message = messages[i]!
      if (message.stamp !== number || hasChildren(message)) continue
      if (this.#isStage) this.#lose(message)
      else done.push(message)
    }
    if (children !== undefined) {
      voidChildrenOfRefused(flight)
      for (const child of children) if (child.stamp === number) this.#lose(child)
    }
    releaseParents(flight)
    return done
  }

  #lose(message: Message): void {
    this.#owner.fail(message, new SluiceError('SLUICE_HANDLER_LOST_MESSAGE'))
  }
}

/** A batch of nothing, because all its parts have an outcome, belongs to nobody and goes nowhere. */
const NOWHERE = new Envelope(new Group({ name: '', idPrefix: '', acked() {}, ended() {} }, 0), 0)

function emptyBatch<T>(data: T, key: string | undefined): Message<T> {
  const batch = new Message(data, key, 0, NOWHERE)
  batch.stamp = VOID
  return batch
}

/** Without the messages whose outcome is known. */
function withoutEnded(messages: readonly Message[]): readonly Message[] {
  return messages.some(isEnded) ? messages.filter((message) => !isEnded(message)) : messages
}

/** Its outcome is known here, or it comes again. */
function isEnded({ stamp }: Message): boolean {
  return stamp === SETTLED || stamp === VOID || stamp === THROWN
}

function sourceOf(message: Message): Message {
  return message instanceof Draft ? message.source : message
}

/** A held message that has been checked and is about to be given out. */
const LEAVING = -4
