import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { folder, Sluice, until, within } from './sluice.ts'

/** Throws in a timer, each time it is opened until `mended` is there. */
function plugin(mended: string): string {
  return `import { existsSync } from 'node:fs'
import { defineConsumer } from 'sluice'
import { z } from 'zod'
export default defineConsumer({
  name: 'fragile',
  summary: 'Fragile.',
  options: z.strictObject({}),
  create: () => ({
    open() {
      if (!existsSync(${JSON.stringify(mended)})) setTimeout(() => { throw new Error('broken') }, 100)
    },
    each() {},
  }),
})
`
}

/** A pipeline that fails a moment after its start, beside one that writes into a file, as one process. */
function run(policy: string) {
  const path = folder()
  const mended = join(path, 'mended')
  const output = join(path, 'output.ndjson')
  writeFileSync(join(path, 'fragile.ts'), plugin(mended))
  writeFileSync(
    join(path, 'a.yaml'),
    `pipeline: fragile
onPipelineFailure: ${policy}
plugins: [./fragile.ts]
producers: { numbers: { generate: { rate: 10 } } }
consumers: { output: { from: numbers, fragile: {} } }
`,
  )
  writeFileSync(
    join(path, 'b.yaml'),
    `pipeline: good
producers: { numbers: { generate: { rate: 100 } } }
consumers: { output: { from: numbers, file: ${output} } }
`,
  )
  const files = ['a.yaml', 'b.yaml'].map((name) => join(path, name))
  const process = new Sluice(['run', ...files, '--admin-port', '0'], { env: { XDG_CACHE_HOME: folder() } })
  return { process, mended, output }
}

test('restart: a pipeline that failed starts again until it can run, while the others go on', async () => {
  const { process, mended } = run('restart')
  const { health } = await process.isRunning()
  await process.logged(({ msg }) => msg === 'starts again in 2 s', 'the second restart')
  const statuses = async () =>
    ((await (await fetch(health as string)).json()) as { pipelines: Record<string, unknown>[] }).pipelines
  expect(await statuses()).toMatchObject([
    { name: 'fragile', state: 'failed', restarts: 1, troubles: [{ kind: 'exception', node: 'output', count: 2 }] },
    { name: 'good', state: 'running', restarts: 0 },
  ])
  writeFileSync(mended, '')
  await process.logged(({ msg, restarts }) => msg === 'runs again' && restarts === 2, 'that it runs')
  await until(
    async () => (await statuses())[0]?.['state'] === 'running',
    () => 'the state of the pipeline',
  )
  process.send('SIGTERM')
  const { exitCode, stderr } = await within(process.ended, () => `the end:\n${process.stderr}`)
  expect(exitCode, stderr).toBe(0)
})

test('exit: it takes the others with it, drained, and its code is that of the process', async () => {
  const { process, output } = run('exit')
  const { exitCode, stderr } = await within(process.ended, () => `the end:\n${process.stderr}`)
  expect(exitCode, stderr).toBe(70)
  expect(existsSync(output)).toBe(true)
  const end = process.log.find(({ pipeline, drain }) => pipeline === 'good' && drain !== undefined)
  expect(end).toMatchObject({ level: 'info', failed: 0, left: [], drain: { hasPassedDeadline: false } })
})

test('stop: it stays failed, and the process ends with its code when the others have ended', async () => {
  const { process } = run('stop')
  const { ready } = await process.isRunning()
  await process.logged(({ msg }) => msg.startsWith('output failed'), 'the failure')
  const response = await fetch(ready as string)
  expect([response.status, await response.json()]).toMatchObject([
    503,
    { pipelines: [{ state: 'failed', startsAgainInMs: null }, { state: 'running' }] },
  ])
  process.send('SIGTERM')
  expect((await within(process.ended, () => `the end:\n${process.stderr}`)).exitCode).toBe(70)
})
