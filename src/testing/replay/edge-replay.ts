import { Edge, type Ready } from '../../core/edge.ts'
import { Envelope, Group, Message } from '../../core/message.ts'
import type { RecordedEvent } from '../../core/recorder.ts'
import { figuresOf, type EdgeFigures, type RecordedEdge } from '../../core/recording.ts'
import { rewind } from './rewind.ts'

const GHOST = new Message(
  undefined,
  undefined,
  0,
  new Envelope(new Group({ name: '', idPrefix: '', acked() {}, ended() {} }, 0), 0),
  0,
)

const ghosts = (count: number): Message[] => Array.from({ length: count }, () => GHOST)

/**
 * One subscription of a recording, on an edge of the kernel: what was done to it is done again, and what it does by itself,
 * which is to ask, is held against what was recorded.
 */
export class EdgeReplay {
  readonly recorded: RecordedEdge
  /** It can be looked at where the recording ends. */
  readonly edge: Edge
  /** What is impossible about its events. */
  readonly flaw: string | undefined
  /** Asks that the edge has made, and that the recording has not come to. */
  readonly #asks: number[] = []
  /** The edge begins to count anew: how far the recorded positions are ahead. */
  readonly #ahead: number
  #taken = 0

  constructor(recorded: RecordedEdge, events: readonly RecordedEvent[]) {
    this.recorded = recorded
    const before = rewind(withAllQueued(recorded.now), events)
    this.flaw = flawOf(before, recorded)
    this.#ahead = before.dispatched - before.queued
    this.edge = this.#restore(before)
    this.#asks.length = 0
  }

  /**
   * Does again what an event says.
   * @param isFirst whether it is the first that is remembered: then its cause may be forgotten.
   * @returns what is against the rules about it.
   */
  step({ event, count, more }: RecordedEvent, isFirst: boolean): string | undefined {
    const { edge } = this
    switch (event) {
      case 'ask':
        return this.#ask(count, isFirst)
      case 'dispatch':
        if (count > edge.credit) return `gave ${count} messages with credit for ${edge.credit} (D2)`
        edge.push(ghosts(count))
        return undefined
      case 'settle':
        if (!this.#take(count)) return `handled ${count} messages, with ${edge.underWay} under way`
        edge.handled(count)
        return undefined
      case 'put-back':
        if (!this.#take(count - more)) return `put ${count} messages back, with ${edge.underWay} under way`
        this.#taken -= count
        edge.putBack(ghosts(count), ghosts(more))
        return undefined
      case 'step':
        edge.stepByWindow()
        return undefined
      case 'limit':
        edge.limitTo(count)
        return undefined
      case 'pause':
        edge.pause()
        return undefined
      case 'resume':
        edge.resume()
        return undefined
      case 'cancel':
        return this.#cancel(more)
      default:
        return this.#stepMarker(event, count)
    }
  }

  /** Whether the edge stands as it was recorded. @returns what is different. */
  compare(): string | undefined {
    const { now } = this.recorded
    this.#take(now.underWay)
    const found = { ...figuresOf(this.edge), asked: now.asked, dispatched: now.dispatched }
    const marks = found.marks.map((position) => position + this.#ahead)
    const different = Object.entries({ ...found, marks }).find(
      ([name, value]) => JSON.stringify(value) !== JSON.stringify(now[name as keyof EdgeFigures]),
    )
    if (different === undefined) return undefined
    const [name, value] = different
    const recorded = JSON.stringify(now[name as keyof EdgeFigures])
    return `its ${name} is ${JSON.stringify(value)}, and was ${recorded} when it was recorded`
  }

  #ask(count: number, isFirst: boolean): string | undefined {
    const { edge } = this
    // The first ask of a subscription is not an answer to anything.
    if (this.#asks.length === 0 && (isFirst || edge.asked === 0) && !edge.isPaused) edge.resume()
    const asked = this.#asks.shift()
    if (asked === count) return undefined
    return asked === undefined
      ? `asked for ${count}, although nothing was to be asked for (D3)`
      : `asked for ${count}, and not for ${asked} (D3)`
  }

  #cancel(queued: number): string | undefined {
    const { edge } = this
    const isTaken = edge.queue.length >= queued && this.#take(edge.underWay + edge.queue.length - queued)
    if (!isTaken) return `was cancelled with ${queued} messages that wait, of which there are ${edge.queue.length}`
    edge.cancel()
    return undefined
  }

  #stepMarker(event: RecordedEvent['event'], recordedPosition: number): string | undefined {
    const { edge } = this
    const position = recordedPosition - this.#ahead
    if (event === 'mark') {
      if (position !== edge.dispatched) return 'got a marker that is not behind what was given before (D18)'
      edge.mark({ kind: 'flush' })
    } else if (event === 'unmark') edge.unend()
    else if (event === 'pass') {
      if (edge.marks[0] !== position || !this.#take(edge.underWay + position - this.#taken))
        return 'passed a marker that it had not come to (D18)'
      edge.passMarker()
    }
    return undefined
  }

  /** Has at least so many messages under way. @returns whether there are so many. */
  #take(underWay: number): boolean {
    const { edge } = this
    while (edge.underWay < underWay && edge.queue.length > 0) {
      const { length } = edge.take(Math.min(edge.queue.length, underWay - edge.underWay))
      this.#taken += length
    }
    return edge.underWay >= underWay
  }

  #restore(figures: EdgeFigures): Edge {
    const giver: Ready = { name: this.recorded.from, wake() {}, credited: (count) => void this.#asks.push(count) }
    const taker: Ready = { name: this.recorded.to, wake() {}, credited() {} }
    const edge = new Edge(giver, taker, { ...this.recorded.window, bytes: undefined })
    for (const mark of figures.marks) {
      edge.push(ghosts(mark - this.#ahead - edge.dispatched))
      edge.mark({ kind: 'flush' })
    }
    edge.push(ghosts(figures.queued - edge.dispatched))
    const { credit, asked, returning, surplus, step, limit, isPaused, isCancelled } = figures
    return Object.assign(edge, { credit, asked, returning, surplus, step, limit, isPaused, isCancelled })
  }
}

/** Why a subscription can't have stood like this; D3's sum holds after each event. */
function flawOf(figures: EdgeFigures, { window }: RecordedEdge): string | undefined {
  const below = COUNTS.find((name) => figures[name] < 0)
  if (below !== undefined) return `can't have done what was recorded: its ${below} was ${figures[below]} before`
  const { credit, queued, underWay, returning, surplus, isCancelled } = figures
  const sum = credit + queued + underWay + returning - surplus
  const isAsking = !isCancelled && sum !== 0 // Nothing is asked for before its node is open.
  return isAsking && sum !== window.max
    ? `has figures that don't add up to its window of ${window.max} (D3): ${sum}`
    : undefined
}

const COUNTS = ['credit', 'queued', 'underWay', 'returning', 'surplus'] as const

/** What is under way could wait as well, as far as the rules can tell. */
function withAllQueued(figures: EdgeFigures): EdgeFigures {
  return { ...figures, queued: figures.queued + figures.underWay, underWay: 0 }
}
