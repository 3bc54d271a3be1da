import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { SluiceError } from '../../../src/core/errors.ts'
import type { Letter } from '../../../src/core/letter.ts'
import { jobOf } from '../../../src/overflow/letters/bull/letter-jobs.ts'
import { jobIdOf } from '../../../src/redis/bullmq/drafts.ts'
import { Holding } from '../../../src/redis/bullmq/holding.ts'
import type { HeldJob, JobWorker } from '../../../src/redis/bullmq/job-worker.ts'
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

describe('a lock that is gone', () => {
  test.each([
    ['is that of a lost job', false, ['1']],
    ['is no news while the queue is being told what became of it', true, []],
  ])('%s', async (_what, isEnding, expected) => {
    const lost: (string | undefined)[] = []
    let renew!: () => void
    const clock = {
      now: () => 0,
      date: () => 0,
      after: (_ms: number, due: () => void) => ((renew = due), { cancel() {} }),
    }
    const worker = { extendLocks: (held: readonly HeldJob[]) => Promise.resolve(held.map(({ job }) => job.id!)) }
    const log = { debug() {}, info() {}, warn() {}, error() {} }
    const world = { clock, log, lockMs: 300, lost: ({ job }: HeldJob) => void lost.push(job.id) }
    const holding = new Holding(worker as unknown as JobWorker, world)
    holding.add({ job: { id: '1' } as HeldJob['job'], token: 't', order: 0, isLost: false, isEnding })
    renew()
    await new Promise(setImmediate)
    expect(lost).toEqual(expected)
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
    const other = (exports: object): Promise<unknown> => code(loadBull(() => Promise.resolve(exports as Bull)))
    expect(await other({ Worker: class {} })).toMatch(/version 6 is needed/)
    expect(await other({ Worker: class {}, RedisQueueBackend: class {} })).toMatch(/too new: take one of 6\.2 to 6\.7/)
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
