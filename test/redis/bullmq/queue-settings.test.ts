import { describe, expect, test } from 'vitest'
import { until } from '../../e2e/process.ts'
import { numbers, pipelineAt, reaches, testQueue } from './queues.ts'

/** Far less than a blocking fetch waits, and far more than any of this takes. */
const SOON_MS = 5000

describe('a queue that was set up by others', () => {
  test('that allows so many active jobs gives the next one as soon as there is room', async () => {
    const jobs = await testQueue()
    await jobs.queue.setGlobalConcurrency(2)
    await jobs.fill(12)
    const handled: number[] = []
    let [active, most] = [0, 0]
    let meet!: () => void
    const met = new Promise<void>((resolve) => (meet = resolve))
    const handle = async ({ n }: { readonly n: number }): Promise<void> => {
      most = Math.max(most, ++active)
      if (active === 2) meet()
      await met
      active--
      handled.push(n)
    }
    const { failures } = await pipelineAt(jobs.server, handle, { settings: { concurrency: 8 } })
    await until(
      () => handled.length === 12,
      () => `twelve jobs, not ${handled.length}`,
    )
    expect(handled).toEqual(numbers(12))
    expect(most).toBe(2)
    expect(failures).toEqual([])
  })

  test('whose limit is lifted while as many are active gives more, although none was finished', async () => {
    const jobs = await testQueue()
    await jobs.queue.setGlobalConcurrency(1)
    await jobs.fill(3)
    const taken: number[] = []
    let pass!: () => void
    const passed = new Promise<void>((resolve) => (pass = resolve))
    const handle = async ({ n }: { readonly n: number }): Promise<void> => {
      taken.push(n)
      await passed
    }
    await pipelineAt(jobs.server, handle, { settings: { concurrency: 3 } })
    await reaches(jobs, { active: 1 })
    await jobs.queue.removeGlobalConcurrency()
    const began = performance.now()
    await until(
      () => taken.length === 3,
      () => `three jobs, not ${taken.length}`,
    )
    expect(performance.now() - began).toBeLessThan(SOON_MS)
    pass()
    await reaches(jobs, { completed: 3 })
  })

  test('with a job scheduler makes one job after the other', async () => {
    const jobs = await testQueue()
    await jobs.queue.upsertJobScheduler('tick', { every: 100 }, { name: 'tick', data: { n: 1 } })
    let ticks = 0
    const { failures } = await pipelineAt(jobs.server, () => void ticks++)
    await until(
      () => ticks >= 4,
      () => `four ticks, not ${ticks}`,
    )
    expect(failures).toEqual([])
  })
})
