import type { Env } from './env.ts'

/** A node as the scheduler knows it. */
export interface Runnable {
  /** Whether it stands in the run queue. The scheduler's alone. */
  isScheduled: boolean
  /** Whether its turns are measured one by one: at first, and while they take long. */
  isHeavy: boolean
  /** One go: does what can be done now, and returns. */
  turn(): void
  /**
   * How long a measured turn took (D10).
   * @param turns how many turns, of whatever node, it stands for.
   * @returns whether the next one must be measured as well.
   */
  took(elapsedMs: number, turns: number): boolean
}

/** After so long the event loop gets its turn, so that sockets and timers live (D9). */
export const SLICE_MS = 5
/** A turn longer than this is measured each time. */
const HEAVY_MS = 0.2
/** Turns after which nodes that have messages let others go first. */
const MOST_AHEAD = 64
/** A turn longer than this keeps sockets and timers waiting for longer than anybody would notice. */
const LONG_TURN_MS = 500
/** Light turns between two readings of the clock: 16, give or take. It varies, because nodes have their turns in a round. */
const LEAST_PER_READING = 9
const JITTER = 15
/** After so many light turns the next one is measured, and stands for all of them. */
const TURNS_PER_SAMPLE = 48
/** Turns that are measured one by one after light ones have taken long together. */
const WATCHED_TURNS = 16

/** Where ready nodes wait. */
export interface ReadyQueue {
  readonly length: number
  push(node: Runnable): void
  /** Takes the node whose turn is next; there is one. */
  shift(): Runnable
}

/** Nodes that are ready, first in first out. A node stands in it at most once, so a ring that doubles is enough. */
export class RunQueue implements ReadyQueue {
  length = 0
  #ring: (Runnable | undefined)[] = Array.from({ length: 16 })
  #head = 0

  push(node: Runnable): void {
    if (this.length === this.#ring.length) this.#grow()
    this.#ring[(this.#head + this.length++) & (this.#ring.length - 1)] = node
  }

  shift(): Runnable {
    const node = this.#ring[this.#head]!
    this.#ring[this.#head] = undefined
    this.#head = (this.#head + 1) & (this.#ring.length - 1)
    this.length--
    return node
  }

  #grow(): void {
    const ring = this.#ring
    this.#ring = Array.from({ length: ring.length * 2 }, (_, i) => ring[(this.#head + i) & (ring.length - 1)])
    this.#ring.fill(undefined, ring.length)
    this.#head = 0
  }
}

/**
 * Gives turns to nodes that are ready (D9). Nodes never call each other, so the stack stays flat however long the
 * pipeline is, and no node can starve another.
 */
export class Scheduler {
  readonly env: Env
  /** Called after each turn, for tests that check invariants. */
  onTurn: (() => void) | undefined
  /** Called when no node is ready. */
  onIdle: (() => void) | undefined
  /** Called when a turn throws, which no handler can cause: a mistake of the kernel or a breach of the protocol. */
  onFault: (node: Runnable, error: unknown) => void = (_node, error) => {
    throw error
  }
  /** Called after a turn that kept the event loop for long, with its node; undefined where several were measured as one. */
  onLongTurn: ((node: Runnable | undefined, elapsedMs: number) => void) | undefined
  /** Slices that have begun. */
  slices = 0
  #queue: ReadyQueue
  /** Nodes whose turn comes when the queue has been gone through. */
  #behind: ReadyQueue
  #clock: number
  /** Whole ms of the last reading, cut to 32 bits: for who needs no more, and needs it often. */
  lastReading = 0
  #date = 0
  #isRunning = false
  #isWoken = false
  /** A slice is open from the first turn of a task of the event loop until the loop has had its turn. */
  #isSliceOpen = false
  #sliceStart = 0
  /** Light turns since the clock was read. */
  #unmeasured = 0
  #turnsPerReading = LEAST_PER_READING
  /** Light turns before that, since one was measured for all. */
  #light = 0
  #jitter = 1
  /** Turns to measure one by one, because some light node took long. */
  #watched = 0
  readonly #run = (): void => this.#runSlice()
  readonly #closeSlice = (): void => {
    this.#isSliceOpen = false
  }
  readonly #runFresh = (): void => {
    this.#isSliceOpen = false
    this.#runSlice()
  }

  constructor(env: Env, queue?: ReadyQueue) {
    this.env = env
    this.#queue = queue ?? new RunQueue()
    this.#behind = queue ?? new RunQueue()
    this.#clock = env.now()
  }

  /** Monotonic ms; within a slice as of the last reading, which is enough for timeouts and ages. */
  get now(): number {
    return this.#isRunning ? this.#clock : this.env.now()
  }

  /** Wall clock ms; within a slice as of its beginning. */
  get date(): number {
    return this.#isRunning ? this.#date : this.env.date()
  }

  /** Puts a node into the run queue, unless it is there. */
  schedule(node: Runnable): void {
    if (node.isScheduled) return
    node.isScheduled = true
    this.#queue.push(node)
    this.#wake()
  }

  /**
   * The same, behind the nodes that have messages: what is on its way goes to its end, and out of the caches, before more
   * is made (measured: 1.08 times as fast). Not for ever: after `MOST_AHEAD` turns those behind have theirs.
   */
  scheduleBehind(node: Runnable): void {
    if (node.isScheduled) return
    node.isScheduled = true
    this.#behind.push(node)
    this.#wake()
  }

  #wake(): void {
    if (this.#isRunning || this.#isWoken) return
    this.#isWoken = true
    this.env.soon(this.#run)
  }

  #runSlice(): void {
    const { env } = this
    this.#isWoken = false
    this.#clock = env.now()
    this.lastReading = this.#clock | 0
    if (!this.#isSliceOpen) {
      this.#isSliceOpen = true
      this.#sliceStart = this.#clock
      env.passing(this.#closeSlice)
    } else if (this.#clock - this.#sliceStart >= SLICE_MS) return this.#yield()
    this.slices++
    this.#isRunning = true
    this.#date = env.date()
    this.#runReady()
    this.#isRunning = false
    if (this.#queue.length + this.#behind.length > 0) this.#yield()
    else this.onIdle?.()
  }

  /** Gives turns until no node is ready or the slice is over. */
  #runReady(): void {
    while (this.#clock - this.#sliceStart < SLICE_MS) {
      const queue = this.#queue
      let ahead = MOST_AHEAD
      while (queue.length > 0 && ahead-- > 0 && this.#clock - this.#sliceStart < SLICE_MS) {
        this.#giveTurn(queue.shift())
      }
      if (this.#behind.length > 0) {
        this.#queue = this.#behind
        this.#behind = queue
      } else if (queue.length === 0) return
    }
  }

  #giveTurn(node: Runnable): void {
    node.isScheduled = false
    const isMeasured = node.isHeavy || this.#watched > 0
    if (isMeasured && this.#unmeasured > 0) this.#readClock()
    try {
      node.turn()
    } catch (error) {
      this.onFault(node, error)
    }
    this.onTurn?.()
    if (isMeasured) {
      const elapsed = this.#readClock()
      if (elapsed >= LONG_TURN_MS) this.onLongTurn?.(node, elapsed)
      if (this.#watched > 0) this.#watched--
      const isLimited = node.took(elapsed, node.isHeavy ? 1 : this.#turnsMeant())
      node.isHeavy = isLimited || elapsed > HEAVY_MS
    } else if (++this.#unmeasured >= this.#turnsPerReading) this.#readAfterLight()
  }

  #readAfterLight(): void {
    const elapsed = this.#readClock()
    if (elapsed >= LONG_TURN_MS) this.onLongTurn?.(undefined, elapsed)
    if (elapsed > HEAVY_MS) this.#watched = WATCHED_TURNS
    else if (this.#light >= TURNS_PER_SAMPLE) this.#watched = 1
  }

  /** How many light turns the one stands for that has been measured. */
  #turnsMeant(): number {
    if (this.#light < TURNS_PER_SAMPLE) return 1
    const turns = this.#light + 1
    this.#light = 0
    this.#jitter = (Math.imul(this.#jitter, 1_103_515_245) + 12_345) & 0x7fff_ffff
    this.#turnsPerReading = LEAST_PER_READING + ((this.#jitter >> 16) & JITTER)
    return turns
  }

  /** @returns ms since the last reading. */
  #readClock(): number {
    const before = this.#clock
    this.#clock = this.env.now()
    this.lastReading = this.#clock | 0
    this.#light += this.#unmeasured
    this.#unmeasured = 0
    return this.#clock - before
  }

  #yield(): void {
    this.#isWoken = true
    this.env.later(this.#runFresh)
  }
}
