import { test, fc } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import type { MessageDetails } from '../../../src/core/context.ts'
import { Mint } from '../../../src/core/mint.ts'
import type { Scheduler } from '../../../src/core/scheduler.ts'
import { NotingOrigin } from '../../support/loose.ts'

const ARRIVAL = 1000
const HEADERS = [{ from: 'a' }, { from: 'b' }]

/** Few of each, so that neighbours often say the same. */
const details: fc.Arbitrary<MessageDetails> = fc.record(
  {
    headers: fc.constantFrom(...HEADERS),
    time: fc.constantFrom(ARRIVAL, 7),
    priority: fc.constantFrom(4, 9),
    deadline: fc.constantFrom(5, 6),
    attempt: fc.constantFrom(1, 2),
    sizeBytes: fc.constantFrom(100, 200),
    key: fc.constantFrom('k', 'l'),
  },
  { requiredKeys: [] },
)

function started() {
  const time = { slices: 1, now: 3, date: ARRIVAL }
  const scheduler = time as unknown as Scheduler
  const mint = new Mint(new NotingOrigin(), { scheduler, deadlines: { isUsed: false }, originals: undefined })
  return { mint, time }
}

describe('messages that are made one after another', () => {
  test.prop([fc.array(fc.option(details, { nil: undefined }))])('each carry what was said of them', (given) => {
    const { mint } = started()
    const messages = given.map((said, n) => mint.message(n, said))
    const expected = given.map((said, data) => {
      const { headers = {}, time = ARRIVAL, priority = 4, deadline, attempt = 1, sizeBytes = 256, key } = said ?? {}
      return { data, position: data, headers, time, priority, deadline, attempt, sizeBytes, key }
    })
    expect(messages).toMatchObject(expected)
  })

  test.prop([details, details])(
    'share what they say alike, whatever their keys and sizes',
    (said, { key, sizeBytes }) => {
      const { mint } = started()
      const own = { ...(key === undefined ? {} : { key }), ...(sizeBytes === undefined ? {} : { sizeBytes }) }
      expect(mint.message(2, { ...said, ...own }).envelope).toBe(mint.message(1, said).envelope)
    },
  )

  test.prop([details])('belong to another group in another slice, once something was emitted', (said) => {
    const { mint, time } = started()
    const { group } = mint.message(1, said).envelope
    mint.close()
    expect(mint.message(2, said).envelope.group).toBe(group)
    time.slices++
    expect(mint.message(3, said).envelope.group).toBe(group)
    mint.close()
    expect(mint.message(4, said).envelope.group).not.toBe(group)
  })
})
