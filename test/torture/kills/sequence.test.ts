import { describe, expect, test } from 'vitest'
import { judgeSequence } from './sequence.ts'

interface Line {
  readonly post?: number
  readonly number: number
  readonly run?: number
}

/** @param confirmed posts that were answered, each of messages from 0 on. */
async function judged(lines: readonly Line[], confirmed: readonly number[] = [], bound = 3) {
  const written = lines.map(({ post = 0, number, run = 1 }) => JSON.stringify({ sender: 0, post, number, run }))
  const sent = [{ confirmed: confirmed.map((post) => ({ post, first: 0 })) }]
  async function* given() {
    yield* written
  }
  return await judgeSequence(given(), { sent, bound })
}

const body = (post = 0, run = 1): Line[] => Array.from({ length: 50 }, (_, number) => ({ post, number, run }))

describe('a ledger of numbered messages', () => {
  test('has what was confirmed, in order: nothing is wrong', async () => {
    const verdict = await judged([...body(0), ...body(1)], [0, 1])
    expect(verdict).toMatchObject({ lines: 100, lost: 0, outOfOrder: 0, redelivered: 0, violations: [] })
  })

  test('lacks what was confirmed: each message of it is counted', async () => {
    const { lost, violations } = await judged(body(0).slice(0, 48), [0])
    expect(lost).toBe(2)
    expect(violations).toEqual(['48 of post 0 of sender 0 is missing, and was answered with 2xx'])
  })

  test('may lack what had no answer', async () => {
    expect((await judged(body(0).slice(0, 10))).violations).toEqual([])
  })

  test('has what was confirmed by another post: that is not enough', async () => {
    expect((await judged(body(0), [1])).lost).toBe(50)
  })

  test('what is delivered behind what came in later is told', async () => {
    const { outOfOrder, violations } = await judged([{ number: 1 }, { number: 0 }])
    expect(outOfOrder).toBe(1)
    expect(violations).toEqual(['0 of post 0 of sender 0 came too late, in run 1'])
    expect((await judged([{ number: 1 }, { number: 0, run: 2 }])).outOfOrder).toBe(1)
  })

  test('what a store gives out again is counted for the run before, and bounded', async () => {
    const again = [...body(0), ...body(0, 2).slice(47), ...body(1, 2)]
    expect(await judged(again)).toMatchObject({ redelivered: 3, mostRedelivered: 3, outOfOrder: 0, violations: [] })
    expect((await judged(again, [], 2)).violations).toEqual(['after run 1 3 were delivered again, at most 2 may be'])
  })

  test('a store that is opened again in one run goes back, which is not out of order', async () => {
    expect(await judged([{ number: 0 }, { number: 1 }, { number: 0 }])).toMatchObject({ outOfOrder: 0, redelivered: 1 })
  })

  test('a line that is not whole, or of nobody, is told', async () => {
    async function* given() {
      yield '{"sender":0,"po'
      yield '{"sender":7,"post":0,"number":0,"run":1}'
    }
    const { violations } = await judgeSequence(given(), { sent: [{ confirmed: [] }], bound: 1 })
    expect(violations).toEqual([expect.stringContaining('line 1'), expect.stringContaining('line 2')])
  })
})
