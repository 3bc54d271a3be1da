import { expect, onTestFinished, test } from 'vitest'
import { definePipeline } from '../../../src/config/builder.ts'
import { each } from '../../../src/consumers/each.ts'
import type { Letter } from '../../../src/core/letter.ts'
import { start } from '../../../src/daemon/start.ts'
import { redisList } from '../../../src/producers/redis-list.ts'
import { until } from '../../e2e/process.ts'
import { TestRedis } from '../../support/redis-server.ts'

test('where the pipeline keeps dead letters, an entry that can not be read becomes one, with its bytes', async () => {
  const server = await TestRedis.start()
  await server.cli('rpush', 'jobs', '{"n":', '{"n":1}')
  const letters: Letter[] = []
  const numbers: number[] = []
  const pipeline = definePipeline('poison', (p) => {
    const jobs = p.producer('jobs', redisList<{ n: number }>({ url: server.url, list: 'jobs' }))
    p.consumer(
      'ledger',
      jobs,
      each(({ n }) => void numbers.push(n)),
    )
    p.deadLetters(each((letter: Letter) => void letters.push(letter)))
  })
  const log = { debug() {}, info() {}, warn() {}, error() {} }
  const running = await start(pipeline, { log, admin: { port: 0 } })
  onTestFinished(() => running.stop().then(() => undefined))
  await until(
    () => letters.length === 1 && numbers.length === 1,
    () => `a letter; ${numbers.join()}`,
  )
  expect(letters[0]).toMatchObject({ node: 'jobs', error: { code: 'SLUICE_LIST_ENTRY_INVALID' } })
  expect(String(letters[0]!.data)).toBe('{"n":')
  expect(await server.cli('llen', 'jobs')).toBe('0')
})
