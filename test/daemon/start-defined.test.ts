import { expect, test } from 'vitest'
import { definePipeline, isDefinedPipeline, type DefinedPipeline } from '../../src/config/builder.ts'
import type { PipelineBuilder } from '../../src/config/builder-types.ts'
import { discard } from '../../src/consumers/discard.ts'
import { start } from '../../src/daemon/start.ts'
import { generate } from '../../src/producers/generate.ts'
import { http } from '../../src/producers/http.ts'
import { batch } from '../../src/stages/batch.ts'

function one(name: string, build: (p: PipelineBuilder) => void = numbersToNowhere): DefinedPipeline {
  return definePipeline(name, build)
}

function numbersToNowhere(p: PipelineBuilder): void {
  p.consumer('nowhere', p.producer('numbers', generate({ count: 3 })), discard())
}

test('a pipeline can be started again, and several together', async () => {
  const [first, second] = [one('first'), one('second')]
  expect(await (await start([first, second])).finished).toMatchObject([
    { pipeline: 'first', outcome: 'finished' },
    { pipeline: 'second', outcome: 'finished' },
  ])
  expect(await (await start(first)).finished).toMatchObject([{ pipeline: 'first', outcome: 'finished' }])
})

test('the memory is shared equally, but for those who say what they need', () => {
  const modest = definePipeline('modest', numbersToNowhere, { memory: '64MiB' })
  expect(one('equal').load(1000).spec.memoryBytes).toBe(1000)
  expect(modest.load(1000).spec.memoryBytes).toBe(64 * 1024 ** 2)
})

test('pipelines that want one name or one port are refused together', async () => {
  const listening = (name: string) =>
    one(name, (p) => p.consumer('out', p.producer('door', http({ port: 8080 })), discard()))
  await expect(start([one('same'), one('same')])).rejects.toMatchObject({
    code: 'SLUICE_CONFIG_PIPELINE_TWICE',
    message: expect.stringContaining('`same` is also the name of the pipeline in'),
  })
  await expect(start([listening('a'), listening('b')])).rejects.toMatchObject({
    code: 'SLUICE_CONFIG_EXCLUSIVE',
    message: expect.stringContaining('`door` wants `port 8080`, and so does `door` in'),
  })
})

test('what will hardly run as it was meant is logged, with its place', async () => {
  const lines: string[] = []
  const log = { debug() {}, info() {}, error() {}, warn: (message: string) => void lines.push(message) }
  const pipeline = one('tight', (p) => {
    const numbers = p.producer('numbers', generate({ count: 3 }), { maxUnacked: 5000 })
    p.consumer('nowhere', p.stage('batches', numbers, batch({ size: 10 })), discard())
  })
  await (
    await start(pipeline, { log })
  ).finished
  expect(lines).toEqual([
    expect.stringMatching(
      /^test\/daemon\/start-defined\.test\.ts:\d+:\d+ batches may hold 10000 messages, but numbers lets/,
    ),
  ])
})

test('what is no pipeline is refused in a sentence', async () => {
  for (const wrong of [undefined, {}, numbersToNowhere]) {
    await expect(start(wrong as never)).rejects.toThrow('`start` takes what `definePipeline` gives')
    expect(isDefinedPipeline(wrong)).toBe(false)
  }
  expect(isDefinedPipeline(one('small'))).toBe(true)
})
