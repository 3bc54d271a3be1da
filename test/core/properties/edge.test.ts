import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { Edge } from '../../../src/core/edge.ts'
import type { Marker } from '../../../src/core/marker.ts'
import type { Message } from '../../../src/core/message.ts'
import { dataOf, messagesOf } from '../../support/loose.ts'
import { range } from '../../support/kernel.ts'

/** What has been given to an edge, and what came out. */
class Model {
  /** Data and markers, in the order in which they went in. */
  readonly entered: unknown[] = []
  readonly left: unknown[] = []
  /** Taken and not handled, in order. */
  calls: Message[][] = []
  /** Handled, and held beyond its call. */
  held: Message[] = []
  markers = 0
}

type Command = fc.Command<Model, Edge>

const nobody = { name: 'n', wake: (): void => {}, credited: (): void => {} }

/** D3 and D5, and that no count is negative. */
function check(edge: Edge): void {
  const { asked, dispatched, credit, queue, underWay, returning, surplus, window, isCancelled } = edge
  expect(asked).toBe(dispatched + credit)
  if (!isCancelled) expect(credit + queue.length + underWay + returning - surplus).toBe(window.max)
  expect(Math.min(credit, underWay, returning, surplus, queue.length)).toBeGreaterThanOrEqual(0)
}

/** A command that runs where the edge allows it, and checks what must hold. */
function command(
  name: string,
  isPossible: (model: Model, edge: Edge) => boolean,
  act: (model: Model, edge: Edge) => void,
): Command {
  return {
    check: () => true,
    run: (model, edge) => {
      if (isPossible(model, edge)) act(model, edge)
      check(edge)
    },
    toString: () => name,
  }
}

let made = 0

const push = fc.integer({ min: 1, max: 12 }).map((count) =>
  command(
    `push ${count}`,
    (_model, edge) => edge.room > 0,
    (model, edge) => {
      const messages = messagesOf(range(Math.min(count, edge.credit), (made += 100)))
      const fitting = messages.slice(0, edge.fits(messages))
      model.entered.push(...dataOf(fitting))
      if (fitting.length > 0) edge.push(fitting)
    },
  ),
)

const mark = fc.constant(
  command(
    'mark',
    (_model, { isCancelled }) => !isCancelled,
    (model, edge) => {
      const marker: Marker = { kind: 'flush', number: ++model.markers }
      model.entered.push(marker)
      edge.mark(marker)
    },
  ),
)

const take = fc.integer({ min: 1, max: 8 }).map((limit) =>
  command(
    `take ${limit}`,
    (_model, { available }) => available > 0,
    (model, edge) => {
      const messages = edge.take(Math.min(limit, edge.available))
      model.calls.push(messages)
      model.left.push(...dataOf(messages))
    },
  ),
)

const passMarker = fc.constant(
  command(
    'pass marker',
    (_model, { marker }) => marker !== undefined,
    (model, edge) => {
      model.left.push(edge.marker)
      edge.passMarker()
    },
  ),
)

const handle = fc.boolean().map((isHeld) =>
  command(
    isHeld ? 'hold' : 'handle',
    ({ calls }) => calls.length > 0,
    (model, edge) => {
      const messages = model.calls.shift()!
      if (isHeld) model.held.push(...messages)
      edge.handled(messages.length)
    },
  ),
)

/** All that was taken and not handled, and all that is held, comes again. */
const restart = fc.constant(
  command(
    'restart',
    (_model, { isCancelled }) => !isCancelled,
    (model, edge) => {
      const { held } = model
      const messages = [...held, ...model.calls.flat()].toSorted(
        (one, other) => (one.data as number) - (other.data as number),
      )
      if (messages.length === 0) return
      // A marker that has passed lies behind: what was held before it goes in front of it now.
      const again = new Set(dataOf(messages))
      model.left.splice(0, model.left.length, ...model.left.filter((item) => !again.has(item)))
      model.entered.splice(0, model.entered.length, ...model.entered.filter((item) => !again.has(item)))
      model.entered.splice(model.left.length, 0, ...dataOf(messages))
      model.calls = []
      model.held = []
      edge.putBack(messages, held)
    },
  ),
)

const pause = fc.constant(
  command(
    'pause',
    () => true,
    (_model, edge) => edge.pause(),
  ),
)
const resume = fc.constant(
  command(
    'resume',
    () => true,
    (_model, edge) => edge.resume(),
  ),
)
const cancel = fc.constant(
  command(
    'cancel',
    (_model, { isCancelled }) => !isCancelled,
    (model, edge) => {
      const rest = edge.cancel()
      expect(dataOf(rest)).toEqual(model.entered.slice(model.left.length).filter((item) => typeof item === 'number'))
      model.entered.splice(model.left.length)
      expect(edge.credit).toBe(0)
    },
  ),
)

const often = (arbitrary: fc.Arbitrary<Command>, weight: number): fc.Arbitrary<Command>[] =>
  range(weight).map(() => arbitrary)

const commands = fc.commands<Model, Edge>(
  [
    ...often(push, 4),
    ...often(take, 4),
    ...often(handle, 4),
    ...often(mark, 2),
    ...often(passMarker, 3),
    restart,
    pause,
    resume,
    cancel,
  ],
  { maxCommands: 80 },
)

const windows = fc
  .integer({ min: 1, max: 30 })
  .chain((max) => fc.record({ max: fc.constant(max), min: fc.nat({ max: max - 1 }), isAsync: fc.boolean() }))

describe('an edge, whatever is done to it', () => {
  test.prop([windows, commands], { numRuns: 300 })(
    'D3 D5: the window’s sum and the conservation of credit hold after every step, and order is kept, markers included',
    ({ max, min, isAsync }, steps) => {
      made = 0
      const setup = (): { model: Model; real: Edge } => {
        const real = new Edge(nobody, nobody, { max, min, bytes: undefined })
        if (isAsync) real.step = max - min
        real.subscribe()
        return { model: new Model(), real }
      }
      let last: { model: Model; real: Edge } | undefined
      fc.modelRun(() => (last = setup()), steps)
      const { model } = last!
      expect(model.left).toEqual(model.entered.slice(0, model.left.length))
    },
  )
})
