import { describe, expect } from 'vitest'
import { fc, test } from '@fast-check/vitest'
import type { Message } from '../../../src/core/message.ts'
import { Deferred } from '../../../src/testing/simulator/world.ts'
import { messageError } from '../../../src/core/errors.ts'
import { consumer, kernel, Source } from '../../support/kernel.ts'
import { ManualEnv } from '../../support/manual-env.ts'

/** A message: how long somebody waits for it, how long its calls take, and how many of them fail. */
const work = fc.record({
  withinMs: fc.integer({ min: 0, max: 3000 }),
  takesMs: fc.integer({ min: 0, max: 1500 }),
  failures: fc.integer({ min: 0, max: 3 }),
})

describe('D23: deadlines', () => {
  test.prop([
    fc.array(work, { maxLength: 12 }),
    fc.integer({ min: 1, max: 3 }),
    fc.constantFrom('input', 'key', 'none'),
  ])(
    'whatever they take and however often they fail: no call begins with a message that nobody waits for any more',
    (works, concurrency, order) => {
      const env = new ManualEnv()
      const late: unknown[] = []
      const left = works.map(({ failures }) => failures)
      const each = (index: number, message: Message): PromiseLike<unknown> => {
        if (message.deadline! <= env.date()) late.push(index)
        const answer = new Deferred()
        const fails = left[index]!-- > 0
        const end = (): void => (fails ? answer.reject(messageError('NOT_YET', 'not yet')) : answer.resolve(undefined))
        env.after(works[index]!.takesMs, end)
        return answer
      }
      const source = new Source({
        queue: {},
        details: (index) => ({
          deadline: env.date() + works[index as number]!.withinMs,
          key: String((index as number) % 3),
        }),
      })
      const { graph } = kernel(
        {
          source: { component: source.component },
          sink: {
            component: consumer(() => ({ each })),
            from: ['source'],
            settings: { concurrency, order, retry: { attempts: 5 }, timeoutMs: 60_000 },
          },
        },
        { env },
      )
      source.push(...works.keys())
      env.advance(120_000)
      expect(late).toEqual([])
      expect(source.receipts).toHaveLength(works.length)
      expect(graph.stats().unacked).toBe(0)
    },
  )
})
