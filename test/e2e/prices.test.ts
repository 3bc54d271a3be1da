import { expect, test } from 'vitest'
import { file, folder, logLines, sluice, Sluice, until, within } from './sluice.ts'

test('the pipeline with RxJS that comes with Sluice shows prices, and stops when it is told to: 0', async () => {
  const prices = new Sluice(['run', 'config/prices.ts', '--admin-port', '0'])
  await until(
    () => prices.stdout.split('\n').length > 3,
    () => `three prices:\n${prices.stderr}`,
  )
  prices.process.kill('SIGTERM')
  const { exitCode, stdout, stderr } = await within(prices.ended, () => `the end:\n${prices.stderr}`)
  expect(exitCode, stderr).toBe(0)
  const shown = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { symbol: string; euros: number })
  expect(shown.slice(0, 3).map(({ symbol }) => symbol)).toEqual(['STOCK-0', 'STOCK-1', 'STOCK-2'])
  expect(shown[0]).toEqual({ symbol: 'STOCK-0', cents: 10_000, euros: 100 })
})

const HOT = `
import { definePipeline } from 'sluice'
import { discard } from 'sluice/consumers'
import { observable } from 'sluice/producers'

const numbers = {
  subscribe: ({ next, complete }) => {
    for (let n = 0; n < 5_000; n++) next(n)
    complete()
    return { unsubscribe() {} }
  },
}
export default definePipeline('hot', (p) => {
  const hot = p.producer('hot', observable(numbers, { whenFull: 'overflow' }), SETTINGS)
  p.deadLetters(discard())
  p.consumer('end', hot, discard())
})
`

test('`whenFull: overflow` stores what comes where the node is durable, and delivers all of it', async () => {
  const path = file(HOT.replace('SETTINGS', '{ durable: true }'), 'pipeline.mjs')
  const { exitCode, stderr } = await sluice(['run', path], { env: { SLUICE_DATA_DIR: folder() } })
  expect(exitCode, stderr).toBe(0)
  expect(logLines(stderr)).toContainEqual(expect.objectContaining({ msg: 'finished', acked: 5_000, failed: 0 }))
})

test('`whenFull: overflow` where the node is not durable is a mistake of its line', async () => {
  const path = file(HOT.replace('SETTINGS', '{}'), 'pipeline.mjs')
  const { exitCode, stderr } = await sluice(['validate', path])
  expect(exitCode).toBe(78)
  expect(stderr).toContain('`whenFull: overflow` stores what nobody has asked for yet, but this node has no store')
})
