import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import type { IngressQueue } from '../../../src/core/component.ts'
import { fitting, Ingress } from '../../../src/core/ingress.ts'
import { Ledger, type Outcomes, type Telling } from '../../../src/core/ledger.ts'
import { Envelope, Group, Message } from '../../../src/core/message.ts'
import { dataOf, messagesOf, NotingOrigin } from '../../support/loose.ts'

const sized = (sizes: readonly number[], first = 0): Message[] =>
  sizes.flatMap((sizeBytes, index) => messagesOf([first + index], { sizeBytes }))

const total = (sizes: readonly number[]): number => sizes.reduce((sum, size) => sum + size, 0)

const sizes = fc.array(fc.integer({ min: 1, max: 100 }), { maxLength: 12 })

describe('the queue at the door', () => {
  test.prop([sizes, fc.nat({ max: 15 }), fc.nat({ max: 500 })])(
    'as many fit as the allowance is enough for, and not one more',
    (given, messages, bytes) => {
      const count = fitting(sized(given), { messages, bytes })
      expect(count).toBeLessThanOrEqual(messages)
      expect(total(given.slice(0, count))).toBeLessThanOrEqual(bytes)
      const isAll = count === given.length
      expect(isAll || count === messages || total(given.slice(0, count + 1)) > bytes).toBe(true)
    },
  )

  const step = fc.oneof(
    fc.record({ kind: fc.constant('push' as const), sizes }),
    fc.record({ kind: fc.constant('take' as const), count: fc.integer({ min: 1, max: 9 }) }),
    fc.record({ kind: fc.constant('cut' as const) }),
  )

  test.prop([fc.array(step, { maxLength: 40 }), fc.integer({ min: 1, max: 20 }), fc.integer({ min: 50, max: 600 })])(
    'it counts what is in it, keeps the order, and gives up its oldest to keep to its limits',
    (steps, messages, bytes) => {
      const limits: IngressQueue = { messages, bytes, whenFull: 'drop-oldest' }
      const ingress = new Ingress(limits)
      const model: { value: unknown; size: number }[] = []
      let made = 0
      for (const given of steps) {
        if (given.kind === 'push') {
          ingress.push(sized(given.sizes, made))
          model.push(...given.sizes.map((size, index) => ({ value: made + index, size })))
          made += given.sizes.length
        } else if (given.kind === 'cut') {
          const excess = dataOf(ingress.takeExcess())
          expect(excess).toEqual(model.splice(0, excess.length).map(({ value }) => value))
          expect(ingress.length <= messages && ingress.bytes <= bytes).toBe(true)
        } else if (model.length > 0) {
          const taken = dataOf(ingress.take(given.count))
          expect(taken).toEqual(model.splice(0, taken.length).map(({ value }) => value))
        }
        expect(ingress.length).toBe(model.length)
        expect(ingress.bytes).toBe(total(model.map(({ size }) => size)))
      }
      expect(dataOf(ingress.drain())).toEqual(model.map(({ value }) => value))
      expect([ingress.length, ingress.bytes]).toEqual([0, 0])
    },
  )
})

describe('the ledger', () => {
  const origin = new NotingOrigin()
  const step = fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('admit' as const),
        sizes: fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 8 }),
      }),
    },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('ack' as const), count: fc.integer({ min: 1, max: 8 }) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('fail' as const) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('tell' as const) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('told' as const) }) },
  )

  test.prop([fc.constantFrom<Telling>('none', 'lists', 'receipts'), fc.array(step, { maxLength: 60 })])(
    'A1 D21: a message counts as unacked until its outcome has been told; where nobody is told, until it has one',
    (telling, steps) => {
      const ledger = new Ledger(telling)
      const open: Message[] = []
      const settled: Message[] = []
      let untold: Message[] = []
      const tellings: { outcomes: Outcomes; messages: Message[] }[] = []
      let time = 0
      for (const given of steps) {
        if (given.kind === 'admit') {
          const group = new Group(origin, time++)
          const envelope = new Envelope(group, 0)
          const messages = given.sizes.map((sizeBytes, n) => new Message(n, undefined, n, envelope, sizeBytes))
          ledger.admit(group, messages.length, total(given.sizes))
          open.push(...messages)
        } else if (given.kind === 'ack' && open.length > 0) {
          const { envelope } = open[0]!
          const length = Math.min(given.count, open.filter((message) => message.envelope === envelope).length)
          const messages = open.splice(0, length)
          ledger.ack(messages, 0, messages.length, total(messages.map(({ sizeBytes }) => sizeBytes)))
          untold.push(...messages)
          settled.push(...messages)
        } else if (given.kind === 'fail' && open.length > 0) {
          const message = open.shift()!
          ledger.end(message, { outcome: 'failed', reason: undefined, error: new Error('no'), node: 'n' })
          untold.push(message)
          settled.push(message)
        } else if (given.kind === 'tell' && ledger.hasNews) {
          const outcomes = ledger.take()
          tellings.push({ outcomes, messages: untold })
          const { acked, failed, receipts } = outcomes
          const told = telling === 'lists' ? [...acked, ...failed] : receipts.map(({ message }) => message)
          expect(new Set(told)).toEqual(new Set(untold))
          expect(told).toHaveLength(untold.length)
          untold = []
        } else if (given.kind === 'told' && tellings.length > 0) {
          ledger.told(tellings.pop()!.outcomes)
        }
        const counted =
          telling === 'none' ? open : [...open, ...untold, ...tellings.flatMap(({ messages }) => messages)]
        expect(ledger.unacked).toBe(counted.length)
        expect(ledger.unackedBytes).toBe(total(counted.map(({ sizeBytes }) => sizeBytes)))
        expect(ledger.acked + ledger.failed).toBe(settled.length)
        expect(ledger.admitted).toBe(settled.length + open.length)
        expect(ledger.oldestAdmittedAt).toBe(open[0]?.envelope.group.admittedAt)
        expect(ledger.hasNews).toBe(telling !== 'none' && untold.length > 0)
      }
    },
  )
})
