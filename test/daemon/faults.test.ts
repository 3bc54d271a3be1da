import { expect, test } from 'vitest'
import { noteOrigins } from '../../src/registry/origins.ts'
import { Faults } from '../../src/daemon/faults.ts'
import { Pipeline } from '../../src/daemon/pipeline.ts'
import { ManualEnv } from '../support/manual-env.ts'
import { collectingLog } from './collecting.ts'
import { pipeline } from './pipelines.ts'

const PLUGIN = '/app/plugins/odd.ts'

function thrownAt(file: string): Error {
  const error = new Error('boom')
  error.stack = `Error: boom\n    at Timeout._onTimeout (${file}:1:2)`
  return error
}

/** Pipelines that run, of which those named run the plugin in their node `sink`. */
async function running(names: readonly string[], withPlugin: readonly string[]) {
  const env = new ManualEnv()
  const log = collectingLog()
  const pipelines = names.map((name) => {
    const spec = pipeline({ name, isEndless: true, data: [] })
    if (withPlugin.includes(name)) noteOrigins(spec.nodes[1]!.component, [{ file: PLUGIN }])
    return new Pipeline(spec, { env, log })
  })
  await Promise.all(pipelines.map((each) => each.open()))
  const faults = new Faults(pipelines, { env, log })
  const states = async () => {
    await env.advanceAsync(2000)
    return pipelines.map(({ status }) => status.state)
  }
  return { env, log, faults, pipelines, states, errors: () => log.lines.filter(({ level }) => level === 'error') }
}

test('an exception fails every pipeline that runs the code it came from, and no other', async () => {
  const { faults, states, errors } = await running(['a', 'b', 'c'], ['a', 'b'])
  expect(faults.judge(thrownAt(PLUGIN), 'exception')).toBe(true)
  expect(errors()[0]).toMatchObject({
    message: 'sink of a or sink of b threw outside of every handler: boom',
    fields: { code: 'SLUICE_UNCAUGHT_EXCEPTION', stack: expect.stringContaining(PLUGIN) },
  })
  expect(await states()).toEqual(['failed', 'failed', 'running'])
})

test('a rejection fails nothing: it is counted at its node, and told once in ten seconds', async () => {
  const { env, faults, pipelines, states, errors } = await running(['a'], ['a'])
  for (let count = 0; count < 5; count++) expect(faults.judge(thrownAt(PLUGIN), 'rejection')).toBe(true)
  env.advance(10_000)
  faults.judge(thrownAt(PLUGIN), 'rejection')
  const text = 'sink of a left a promise rejected that nobody handles: boom'
  expect(errors().map(({ message }) => message)).toEqual([text, `${text} (and 4 more since this was last told)`])
  expect(errors()[0]?.fields).toMatchObject({ pipeline: 'a', node: 'sink', code: 'SLUICE_UNHANDLED_REJECTION' })
  expect(await states()).toEqual(['running'])
  expect(pipelines[0]!.status.troubles).toMatchObject([{ kind: 'rejection', node: 'sink', message: 'boom', count: 6 }])
})

test('with an exception of nobody the process cannot go on; with such a rejection it can', async () => {
  const { faults, states, errors } = await running(['a'], ['a'])
  expect(faults.judge(thrownAt('/elsewhere/x.js'), 'exception')).toBe(false)
  expect(errors()).toEqual([])
  expect(faults.judge(thrownAt('/elsewhere/x.js'), 'rejection')).toBe(true)
  expect(errors()[0]?.message).toBe(
    'a promise was rejected that nobody handles, and nothing says whose it is (at Timeout._onTimeout (/elsewhere/x.js:1:2)): boom',
  )
  expect(await states()).toEqual(['running'])
  expect(faults.unnamed.troubles).toMatchObject([
    { kind: 'exception', node: null, count: 1 },
    { kind: 'rejection', node: null, count: 1 },
  ])
})

test('whatever is thrown is judged: no error, or one that throws when it is looked at', async () => {
  const { faults } = await running(['a'], ['a'])
  const hostile = new Proxy(new Error('x'), {
    get() {
      throw new Error('do not look')
    },
  })
  for (const thrown of [undefined, 'text', hostile]) expect(faults.judge(thrown, 'rejection')).toBe(true)
})
