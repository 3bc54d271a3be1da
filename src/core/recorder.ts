import type { Scheduler } from './scheduler.ts'

/** So many events are remembered; a power of two. */
const RECORDED_EVENTS = 4096

/**
 * What happens on an edge or at a producer, with a count and, where it says so, something more.
 *
 * Edges: `ask` (credit goes up), `dispatch` (messages go down), `settle` (messages are handled; more: the surplus repaid),
 * `put-back` (more: the surplus among them), `mark` and `pass` (count: where the marker stands), `unmark`, `pause`, `resume`,
 * `cancel` (count: the credit taken back; more: the messages), `step` and `limit` (count: the new one; more: the old one).
 * Producers: `admit`, `outcome`. Workers: `restart`, `circuit` (count: 1 opened, 0 closed).
 */
export const EVENTS = [
  'ask',
  'dispatch',
  'settle',
  'put-back',
  'mark',
  'pass',
  'unmark',
  'pause',
  'resume',
  'cancel',
  'step',
  'admit',
  'outcome',
  'restart',
  'circuit',
  'limit',
] as const
export type EventName = (typeof EVENTS)[number]

export const ASK = 0
export const DISPATCH = 1
export const SETTLE = 2
export const PUT_BACK = 3
export const MARK = 4
export const PASS = 5
export const UNMARK = 6
export const PAUSE = 7
export const RESUME = 8
export const CANCEL = 9
export const STEP = 10
export const ADMIT = 11
export const OUTCOME = 12
export const RESTART = 13
export const CIRCUIT = 14
export const LIMIT = 15

/** Integers of one event: when, whose and what, and two counts. */
const FIELDS = 4
/** Bits of what has happened; those of whose it was are above. */
const EVENT_BITS = 4
const EVENT_MASK = (1 << EVENT_BITS) - 1
const SIZE = RECORDED_EVENTS * FIELDS

/** One event: how long ago, the number of its subject, what happened, and its counts. */
export interface RecordedEvent {
  readonly agoMs: number
  readonly subject: number
  readonly event: EventName
  readonly count: number
  readonly more: number
}

/**
 * The flight recorder of a pipeline: its last protocol events, a few integers each, written without allocation, so that
 * it is always on.
 */
export class Recorder {
  readonly #clock: Pick<Scheduler, 'lastReading'>
  /** Milliseconds, cut to 32 bits: ages are right for 49 days. */
  readonly #ring = new Int32Array(SIZE)
  /** Where the next event goes. */
  #next = 0
  #isFull = false
  #subjects = 0

  constructor(clock: Pick<Scheduler, 'lastReading'>) {
    this.#clock = clock
  }

  /** Where the events of one edge or node are noted. */
  tape(): Tape {
    return new Tape(this, this.#subjects++)
  }

  note(what: number, count: number, more: number): void {
    const ring = this.#ring
    const at = this.#next
    ring[at] = this.#clock.lastReading
    ring[at + 1] = what
    ring[at + 2] = count
    ring[at + 3] = more
    this.#next = at + FIELDS
    if (this.#next < SIZE) return
    this.#next = 0
    this.#isFull = true
  }

  /** What is remembered, oldest first. */
  events(): RecordedEvent[] {
    const now = this.#clock.lastReading
    const read = (at: number): RecordedEvent => {
      const [ms = 0, what = 0, count = 0, more = 0] = this.#ring.subarray(at, at + FIELDS)
      return { agoMs: (now - ms) >>> 0, subject: what >> EVENT_BITS, event: EVENTS[what & EVENT_MASK]!, count, more }
    }
    const events: RecordedEvent[] = []
    if (this.#isFull) for (let at = this.#next; at < SIZE; at += FIELDS) events.push(read(at))
    for (let at = 0; at < this.#next; at += FIELDS) events.push(read(at))
    return events
  }
}

/** Notes what happens to one edge or node. */
export class Tape {
  readonly #recorder: Recorder
  /** The subject of its events. */
  readonly number: number

  constructor(recorder: Recorder, number: number) {
    this.#recorder = recorder
    this.number = number
  }

  note(event: number, count: number, more = 0): void {
    this.#recorder.note((this.number << EVENT_BITS) | event, count, more)
  }
}

/** For edges that stand by themselves. */
export const NO_TAPE = new Recorder({ lastReading: 0 }).tape()
