import type { EventName, RecordedEvent } from '../../core/recorder.ts'
import type { EdgeFigures } from '../../core/recording.ts'

type Mutable<T> = { -readonly [K in keyof T]: T[K] }
type Figures = Mutable<Omit<EdgeFigures, 'marks'>> & { marks: number[] }

/**
 * What undoes an event; those of nodes change no subscription. That messages were taken is no event. What was under way once
 * is counted as queued here: whoever goes through the events again takes them when they are handled.
 */
const UNDO: Readonly<Partial<Record<EventName, (figures: Figures, count: number, more: number) => void>>> = {
  ask(figures, count) {
    figures.credit -= count
    figures.asked -= count
    figures.returning += count
  },
  dispatch(figures, count) {
    figures.credit += count
    figures.dispatched -= count
    figures.queued -= count
  },
  settle(figures, count, repaid) {
    figures.queued += count
    figures.surplus += repaid
    figures.returning -= count - repaid
  },
  'put-back'(figures, _count, surplus) {
    figures.queued -= surplus
    figures.surplus -= surplus
  },
  mark: ({ marks }) => void marks.pop(),
  unmark: ({ marks }, position) => void marks.push(position),
  pass: ({ marks }, position) => void marks.unshift(position),
  pause: (figures) => void (figures.isPaused = false),
  resume: (figures) => void (figures.isPaused = true),
  cancel(figures, credit, queued) {
    figures.isCancelled = false
    figures.credit = credit
    figures.asked += credit
    figures.queued += queued
  },
  step: (figures, _count, before) => void (figures.step = before),
  limit: (figures, _count, before) => void (figures.limit = before),
}

/** How a subscription stood before the events, by how it stood after them: each is undone, the last one first. */
export function rewind(after: EdgeFigures, events: readonly RecordedEvent[]): EdgeFigures {
  const before = { ...after, marks: [...after.marks] }
  for (const { event, count, more } of events.toReversed()) UNDO[event]?.(before, count, more)
  return before
}
