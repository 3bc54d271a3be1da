import { adopt, isThenable } from './call.ts'
import type { CircuitChange } from './circuit.ts'
import type { Log } from './component.ts'
import { Counters } from './counters.ts'
import type { Edge } from './edge.ts'
import type { Marker } from './marker.ts'
import type { LetterBox } from './letter-box.ts'
import { asError } from './errors.ts'
import { partCount, type Message, type Verdict } from './message.ts'
import type { Originals } from './originals.ts'
import type { Outlet } from './outlet.ts'
import { CIRCUIT, type Recorder, type Tape } from './recorder.ts'
import { SLICE_MS, type Runnable, type Scheduler } from './scheduler.ts'
import { ackAll, settle } from './settle.ts'
import type { OnFailure } from './spec.ts'

/** More than anything is ever asked for; a small integer, so that arithmetic stays cheap. */
export const UNLIMITED = 0x3fff_ffff

/** A long array is worked off while it is in the caches, before the giver makes the next one. */
const MANY = 64

/** What a node needs of its graph. */
export interface Host {
  readonly pipeline: string
  readonly scheduler: Scheduler
  readonly log: Log
  readonly recorder: Recorder
  /** Whether any message says how long it is wanted; set by those who make such ones (D23). */
  readonly deadlines: { isUsed: boolean }
  /** Where letters also hold what producers read. */
  readonly originals: Originals | undefined
  /** A number that no other call or ticket of this process has. */
  nextNumber(): number
  /** A message failed at a node; says so to whoever watches. */
  messageFailed(node: Node, message: Message, error: Error): void
  /** `onFailure: stop`, or a node that can't go on: the pipeline fails. */
  fail(node: Node, error: Error): void
  /** The place behind a node doesn't work from now on, or works again (A3). */
  circuitChanged(node: Node, change: CircuitChange): void
  /** A node has thrown outside of its handler: it is started again, or the pipeline fails (D14). */
  faulted(node: Node, error: Error): void
  /** What a node needs is out of reach, and it can't keep a call: it is made anew after a pause, for as long as it takes (A3). */
  outOfReach(node: Node, error: Error): void
  /** Opens a node, which may take several tries. */
  open(node: Node, done: (error?: Error) => void): void
  /** A node is done: nothing more will come out of it. */
  finished(node: Node): void
  /** A marker has gone through a node. */
  passed(node: Node, marker: Marker): void
  /** Whether a marker is one of a flush that has gone through a node already, or is over. */
  isOver(marker: Marker, node: Node): boolean
  /** The marker by which a node that has no inputs ends, once all others have. */
  readonly closing: Marker | undefined
  /** A worker gives back what came over a subscription that has ended since. */
  reclaim(edge: Edge, messages: Message[]): void
}

/** What producers, stages and consumers share: turns, counters, and the ends that a message can come to. */
export abstract class Node implements Runnable {
  readonly name: string
  readonly counters = new Counters()
  readonly host: Host
  /** What happens here is noted on it. */
  readonly tape: Tape
  abstract readonly outlet: Outlet | undefined
  /** Where what failed goes, if it is kept. */
  letters: LetterBox | undefined
  isScheduled = false
  isHeavy = true
  isFinished = false
  /** Messages per turn (D10). */
  protected turnLimit = UNLIMITED
  /** What the last turn took. */
  lastTaken = 0
  readonly #onFailure: OnFailure
  /** A turn that took something has been measured. */
  #isKnown = false
  /** Its component is open: it may have turns. */
  isOpen = false
  /** Its component has not said yet that it is open. */
  isOpening = false
  /** Its component has not let go of everything yet. */
  isClosing = false
  /** What its time at work is: that of its turns, or that of its calls, which counts itself. */
  protected isTimedByTurns = true
  /** Tries to open it that have failed, and when the next one is due (monotonic ms). */
  opening: { readonly attempts: number; readonly error: string; readonly retryAt: number } | undefined
  #whenOpened: (() => void) | undefined

  constructor(host: Host, name: string, onFailure: OnFailure) {
    this.host = host
    this.tape = host.recorder.tape()
    this.name = name
    this.#onFailure = onFailure
  }

  abstract turn(): void
  /** Ends the component instance; calls back when it has let go of everything. */
  abstract close(reason: Error, done: (error?: Error) => void): void

  wake(): void {
    this.host.scheduler.schedule(this)
  }

  credited(count: number): void {
    if (count < MANY) this.wake()
    else this.host.scheduler.scheduleBehind(this)
  }

  /** Opens the component; calls back when it is ready, or with what went wrong. */
  protected openComponent(hook: () => unknown, done: (error?: Error) => void): void {
    this.openBy((heard, failed) => runHook(hook, heard, failed), done)
  }

  /** @param begin calls one of both back, at once or later. @param hear what it has called back with. */
  protected openBy<T>(
    begin: (heard: (value: T) => void, failed: (error: Error) => void) => void,
    done: (error?: Error) => void,
    hear?: (value: T) => void,
  ): void {
    this.isOpening = true
    const opened = (error?: Error): void => {
      this.isOpening = false
      const stop = this.#whenOpened
      this.#whenOpened = undefined
      if (stop !== undefined) return stop()
      if (error === undefined) {
        this.isOpen = true
        this.wake()
      }
      done(error)
    }
    const heard = (value: T): void => {
      hear?.(value)
      opened()
    }
    begin(heard, opened)
  }

  /** Has the component let go of everything. One that is being opened has to come back from that first. */
  protected closeComponent(hook: () => unknown, done: (error?: Error) => void): void {
    const closed = (error?: Error): void => {
      this.isClosing = false
      done(error)
    }
    const stop = (): void => runHook(hook, () => closed(), closed)
    this.isClosing = true
    if (this.isOpening) this.#whenOpened = stop
    else stop()
  }

  /** Halves what a turn may take while turns are longer than a slice, and lets it grow back after (D10). */
  took(elapsedMs: number, turns: number): boolean {
    const { lastTaken } = this
    if (this.isTimedByTurns) this.counters.worked(elapsedMs * turns)
    if (lastTaken > 0) {
      this.#isKnown = true
      if (elapsedMs > SLICE_MS) this.turnLimit = Math.max(1, shrunk(Math.min(this.turnLimit, lastTaken), elapsedMs))
      else if (elapsedMs < SLICE_MS / 2) this.turnLimit = Math.min(UNLIMITED, this.turnLimit * 2)
    }
    return this.turnLimit < UNLIMITED || !this.#isKnown
  }

  /** Drops on purpose, by a named policy: acked and counted (A2). */
  drop(messages: readonly Message[], reason: string): void {
    if (messages.length === 0) return
    let parts = 0
    for (const message of messages) parts += partCount(message)
    this.counters.drop(reason, parts)
    ackAll(messages)
  }

  /** A message failed here: what becomes of it is the node's policy (A3). */
  fail(message: Message, thrown: unknown): void {
    settle(message, this.failed(message, thrown))
  }

  circuitChanged(change: CircuitChange): void {
    this.tape.note(CIRCUIT, change.state === 'opened' ? 1 : 0, change.failures)
    this.host.circuitChanged(this, change)
  }

  /** When a message failed for the first time here; wall clock ms. */
  protected firstFailedAt(_message: Message): number | undefined {
    return undefined
  }

  /** Counts and reports a failure. @returns the verdict that the node's policy makes of it. */
  protected failed(message: Message, thrown: unknown, part?: number): Verdict {
    const error = asError(thrown)
    const parts = part === undefined ? partCount(message) : 1
    this.counters.failed += parts
    if (this.#onFailure === 'drop') {
      this.counters.drop('failed', parts)
      return { outcome: 'acked', reason: 'failed', error, node: this.name }
    }
    this.host.messageFailed(this, message, error)
    if (this.#onFailure === 'dead-letter' && this.letters !== undefined) {
      this.letters.send({ message, part, error, firstFailedAt: this.firstFailedAt(message) })
      return { outcome: 'acked', reason: 'dead-letter', error, node: this.name }
    }
    if (this.#onFailure === 'stop') this.host.fail(this, error)
    return { outcome: 'failed', reason: undefined, error, node: this.name }
  }
}

/** What would fill a slice, at most half. */
function shrunk(count: number, elapsedMs: number): number {
  return Math.min(count >> 1, Math.floor((count * SLICE_MS) / elapsedMs))
}

/** Runs a hook of a component, which may answer at once or later; one of the callbacks is called, once. */
export function runHook(hook: () => unknown, done: (value: unknown) => void, failed: (error: Error) => void): void {
  let value: unknown
  try {
    value = hook()
    if (isThenable(value)) return adopt(value, done, (error) => failed(asError(error)))
  } catch (error) {
    return failed(asError(error))
  }
  done(value)
}
