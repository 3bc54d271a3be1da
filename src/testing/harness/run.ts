import type { MessageDetails } from '../../core/component.ts'
import type { Report } from '../../core/lifecycle.ts'
import type { Message } from '../../core/message.ts'
import { testingError } from '../errors.ts'
import type { TestOutcome } from './ends.ts'
import { MOST_GRANTED, type Subject, type TestLogLine } from './subject.ts'
import { finish, until, type Time } from './time.ts'

/** What a component of any kind can be asked. What waits also rejects with what kept the component from opening. */
export interface AnyRun {
  /** Lets all happen that can happen without time passing. Calls that wait for real I/O are waited for a moment. */
  settle(): Promise<void>
  /** Lets time pass; timers fire when they are due. */
  advance(ms: number): Promise<void>
  /** Waits for something of the real world, without time passing: `until(() => run.acked.length === 3)`. */
  until(condition: () => boolean, what?: string): Promise<void>
  /**
   * Stops as a pipeline does: all that was let in comes to its end, with as much demand as that needs, and time passes as
   * far as it must. After the end of a finite producer it only tells how it ended.
   */
  stop(): Promise<Report>
  /** How the run ended; undefined while it goes on. */
  readonly report: Report | undefined
  readonly log: readonly TestLogLine[]
  readonly stats: TestFigures
  /** Timers that run on the simulated clock, the kernel's and the component's. */
  readonly timers: number
}

/** The figures of the component's node, since the start. */
export interface TestFigures {
  /** By reason. */
  readonly dropped: Readonly<Record<string, number>>
  readonly restarts: number
  readonly timeouts: number
  /** Messages that it holds now, in parts. */
  readonly held: number
  /** The component's own counters, of `metrics.add`. */
  readonly own: Readonly<Record<string, number>>
}

/** What gives messages. */
export interface GivingRun<Out> {
  /** The data of what was given so far. */
  readonly given: readonly Out[]
  readonly givenMessages: readonly Message<Out>[]
  /** With `answers: 'by hand'`: acks so many of the oldest messages that have no answer. */
  ack(count?: number): Promise<void>
  /** With `answers: 'by hand'`: fails so many of them. */
  fail(error: Error, count?: number): Promise<void>
}

/** What takes messages. */
export interface TakingRun {
  /** Lets messages in, and settles. */
  push(values: readonly unknown[], details?: MessageDetails): Promise<void>
  /** Nothing more will be pushed: what is held is given, and the run finishes. */
  end(): Promise<void>
  /** Has the component give what it holds (D18), and waits until that has been handled. */
  flush(): Promise<void>
  /** In the order in which the messages were pushed. */
  readonly outcomes: readonly TestOutcome[]
  /** Data as it was pushed: of what was acked, failed, dropped on purpose, or has no outcome yet. */
  readonly acked: readonly unknown[]
  readonly failed: readonly unknown[]
  readonly dropped: readonly unknown[]
  readonly pending: readonly unknown[]
}

/** A producer under test. */
export interface ProducerRun<Out = unknown> extends AnyRun, GivingRun<Out> {
  /** Asks for so many more messages. */
  ask(count: number): Promise<void>
}
/** A stage under test. */
export interface StageRun<Out = unknown> extends AnyRun, TakingRun, GivingRun<Out> {
  /** Asks for so many more messages. Takes effect when something is awaited. */
  grant(count: number): void
}
/** A consumer under test. */
export interface ConsumerRun extends AnyRun, TakingRun {}

/** A component that runs in a graph of the real kernel. */
export class Run implements ProducerRun, StageRun, ConsumerRun {
  /** What the conformance suite looks at. */
  readonly subject: Subject
  readonly time: Time
  report: Report | undefined
  readonly #started: Promise<void>

  constructor(subject: Subject, time: Time) {
    this.subject = subject
    this.time = time
    this.#started = finish(time, subject.start(), `${subject.name} to open`)
    // Whoever waits for anything is told.
    this.#started.catch(() => {})
    void subject.graph.finishedReport.then((report) => this.#ended(report))
  }

  get given(): readonly unknown[] {
    return this.#giver('given').data
  }
  get givenMessages(): readonly Message[] {
    return this.#giver('givenMessages').messages
  }
  get outcomes(): readonly TestOutcome[] {
    return this.#feed('outcomes').outcomes
  }
  get acked(): readonly unknown[] {
    return this.#with('acked')
  }
  get failed(): readonly unknown[] {
    return this.#with('failed')
  }
  get dropped(): readonly unknown[] {
    return this.#with('dropped')
  }
  get pending(): readonly unknown[] {
    return this.#feed('pending').pending
  }
  get log(): readonly TestLogLine[] {
    return this.subject.log
  }
  get timers(): number {
    return this.time.timers
  }
  get stats(): TestFigures {
    const { graph, name } = this.subject
    return graph.stats().nodes.find((node) => node.name === name)!
  }

  async push(values: readonly unknown[], details?: MessageDetails): Promise<void> {
    const feed = this.#feed('push')
    if (!Array.isArray(values)) throw misuse('`push` takes an array of values: push([value])')
    await this.#started
    this.#mustGoOn('push')
    feed.push(values, details)
    await this.settle()
  }

  async ask(count: number): Promise<void> {
    if (this.subject.kind !== 'producer')
      throw misuse('only a producer is asked; a stage is granted credit, by `grant`')
    this.#grant('ask', count)
    await this.settle()
  }

  grant(count: number): void {
    if (this.subject.kind !== 'stage') throw misuse(`\`grant\` is for stages, not for a ${this.subject.kind}`)
    this.#grant('grant', count)
  }

  async ack(count = 1): Promise<void> {
    this.#giver('ack').answer(checkedCount('ack', count))
    await this.settle()
  }

  async fail(error: Error, count = 1): Promise<void> {
    if (!(error instanceof Error)) throw misuse('`fail` takes an error, and a count behind it')
    this.#giver('fail').answer(checkedCount('fail', count), error)
    await this.settle()
  }

  async end(): Promise<void> {
    const feed = this.#feed('end')
    await this.#started
    feed.end()
    await this.settle()
  }

  async flush(): Promise<void> {
    this.#feed('flush')
    await this.#started
    this.#mustGoOn('flush')
    await finish(this.time, this.subject.graph.flush(), `${this.subject.name} to give what it holds`)
  }

  async settle(): Promise<void> {
    await this.#started
    await this.time.settle()
  }

  async advance(ms: number): Promise<void> {
    if (!(ms >= 0)) throw misuse(`\`advance\` takes ms, not ${String(ms)}`)
    await this.#started
    await this.time.advance(ms)
  }

  async until(condition: () => boolean, what = 'a condition came true'): Promise<void> {
    await this.#started
    await until(this.time, { condition, what })
  }

  async stop(): Promise<Report> {
    await this.#started
    this.subject.grantAll()
    return this.close()
  }

  /** Stops without any demand: what needs some is given up at the deadline. Also one that has not opened. */
  async close(): Promise<Report> {
    return finish(this.time, this.subject.graph.stop(), `${this.subject.name} to stop`)
  }

  #ended(report: Report): void {
    this.report = report
    this.subject.watch.hasEnded = true
  }

  #grant(verb: string, count: number): void {
    checkedCount(verb, count)
    this.#mustGoOn(verb)
    this.subject.grant(count)
  }

  #feed(verb: string): NonNullable<Subject['feed']> {
    const { feed, name } = this.subject
    if (feed === undefined) throw misuse(`${name} is a producer, which takes no messages: it has no \`${verb}\``)
    return feed
  }

  #giver(verb: string): NonNullable<Subject['taker']> {
    const { taker, name } = this.subject
    if (taker === undefined) throw misuse(`${name} is a consumer, which gives no messages: it has no \`${verb}\``)
    return taker
  }

  #with(outcome: 'acked' | 'failed' | 'dropped'): unknown[] {
    return this.#feed(outcome)
      .outcomes.filter((each) => each.outcome === outcome)
      .map(({ data }) => data)
  }

  #mustGoOn(verb: string): void {
    if (this.report === undefined) return
    const { outcome, error } = this.report
    throw misuse(`\`${verb}\` comes too late: the run has ${outcome}${error ? `: ${error.message}` : ''}`)
  }
}

function checkedCount(verb: string, count: number): number {
  if (Number.isInteger(count) && count >= 1 && count <= MOST_GRANTED / 10) return count
  throw misuse(`\`${verb}\` takes a count of messages, from 1 on, not ${String(count)}`)
}

function misuse(message: string): Error {
  return testingError('SLUICE_TESTING_MISUSE', message)
}
