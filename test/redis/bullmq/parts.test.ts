import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { SluiceError } from '../../../src/core/errors.ts'
import type { Letter } from '../../../src/core/letter.ts'
import { jobOf } from '../../../src/overflow/letters/bull/letter-jobs.ts'
import { jobIdOf } from '../../../src/redis/bullmq/drafts.ts'
import { loadBull, type Bull } from '../../../src/redis/bullmq/library.ts'
import { bullSinkOptions, bullSourceOptions, keepJobs } from '../../../src/redis/bullmq/options.ts'

describe('the id of a job', () => {
  test('is one that BullMQ takes, and tells messages apart (property)', () => {
    const ids = fc.array(
      fc.oneof(fc.string({ unit: fc.constantFrom('a', ':', '%', '2', '3', '5', 'A', '-') }), fc.integer().map(String)),
    )
    fc.assert(
      fc.property(ids, (given) => {
        const made = given.map(jobIdOf)
        expect(new Set(made).size).toBe(new Set(given).size)
        for (const id of made) {
          expect(id).not.toContain(':')
          expect(String(Number.parseInt(id, 10))).not.toBe(id)
        }
      }),
    )
  })
})

describe('the job of a letter', () => {
  const letter = (data: unknown, failedAt = 1): Letter => ({
    id: 'lines:1@ledger',
    messageId: 'lines:1',
    pipeline: 'orders',
    node: 'ledger',
    data,
    key: undefined,
    headers: {},
    time: 0,
    priority: 4,
    deadline: undefined,
    original: undefined,
    error: { code: undefined, message: 'no', kind: 'message', causes: [], stack: undefined },
    attempts: 1,
    firstFailedAt: 1,
    failedAt,
  })
  const idOf = (given: Letter): string | undefined => jobOf(given, {}).opts.jobId

  test('is the same for a message that failed twice, and another for another message of that id', () => {
    expect(idOf(letter({ n: 1 }))).toBe(idOf(letter({ n: 1 }, 2)))
    const ids = [{ n: 1 }, { n: 2 }, undefined, null, 'undefined', 1n, '1', new Uint8Array(2)].map((data) =>
      idOf(letter(data)),
    )
    expect(new Set(ids).size).toBe(ids.length)
    for (const id of ids) expect(id).not.toContain(':')
  })
})

describe('BullMQ itself', () => {
  const code = (loaded: Promise<unknown>): Promise<unknown> =>
    loaded.then(
      () => undefined,
      (error: unknown) => error instanceof SluiceError && `${error.code}: ${error.message}`,
    )

  test('that is not installed, or too old, is named, and isn’t waited for', async () => {
    expect(await code(loadBull(() => Promise.reject(new Error("Cannot find package 'bullmq'"))))).toBe(
      "SLUICE_BULLMQ_MISSING: BullMQ can't be loaded: Cannot find package 'bullmq'",
    )
    expect(await code(loadBull(() => Promise.resolve({ Worker: {} } as unknown as Bull)))).toMatch(
      /version 6 is needed/,
    )
  })
})

describe('options', () => {
  test.each([
    [{ queue: 'a:b' }, /name of a queue has no/],
    [{ queue: '' }, /queue/],
    [{ queue: 'a', removeOnComplete: {} }, /give `count`, `age` or both/],
    [{ queue: 'a', fetchers: 0 }, /fetchers/],
    [{ queue: 'a', cluster: ['h'] }, /in one slot.*\{a\}/],
  ])('%j is refused', (options, problem) => {
    const { error } = bullSourceOptions.safeParse(options)
    expect(JSON.stringify(error!.issues)).toMatch(problem)
  })

  test.each([
    [{ queue: '{a}', job: { parent: { id: '1', queue: 'b' } } }, false],
    [{ queue: '{a}', job: { parent: { id: '1', queue: '{a}-b' } } }, true],
    [{ queue: 'a', prefix: '{p}', job: { parent: { id: '1', queue: 'b' } } }, true],
    [{ queue: 'a', prefix: '{}' }, false],
  ])('in a cluster %j fits: %s', (options, fits) => {
    expect(bullSinkOptions.safeParse({ ...options, cluster: ['h'] }).success).toBe(fits)
  })

  test('kept jobs are told as BullMQ takes them: an age in seconds', () => {
    const { removeOnComplete, removeOnFail } = bullSourceOptions.parse({
      queue: 'a',
      removeOnComplete: { count: 5 },
      removeOnFail: { age: '90s', count: 7 },
    })
    expect(keepJobs(removeOnComplete)).toEqual({ count: 5 })
    expect(keepJobs(removeOnFail)).toEqual({ age: 90, count: 7 })
    expect(keepJobs(undefined)).toBeUndefined()
    expect(bullSinkOptions.parse({ queue: 'a' }).job).toEqual({})
  })
})
