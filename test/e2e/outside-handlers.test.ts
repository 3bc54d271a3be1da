import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { folder, Sluice, until, within, type LogLine } from './sluice.ts'

interface Health {
  readonly pipelines: readonly {
    readonly name: string
    readonly state: string
    readonly troubles: readonly { readonly kind: string; readonly node: string; readonly count: number }[]
  }[]
}

/** A stage that does something outside of its handlers once it is open. */
function plugin(body: string): string {
  return `import { connect } from 'node:net'
import { defineStage } from 'sluice'
import { z } from 'zod'
export default defineStage({
  name: 'odd',
  summary: 'Odd.',
  options: z.strictObject({}),
  create: () => ({
    open() {
      ${body}
    },
    map: (data: unknown) => data,
  }),
})
`
}

const ODD = `pipeline: odd
plugins: [./odd.ts]
producers: { numbers: { generate: { rate: 10 } } }
stages: { strange: { from: numbers, odd: {} } }
consumers: { output: { from: strange, discard: {} } }
`
const GOOD = ODD.replace('pipeline: odd', 'pipeline: good')
  .replace('plugins: [./odd.ts]\n', '')
  .replace('stages: { strange: { from: numbers, odd: {} } }\n', '')
  .replace('from: strange', 'from: numbers')

/** Both pipelines as one process. */
function run(body: string): Sluice {
  const path = folder()
  writeFileSync(join(path, 'odd.ts'), plugin(body))
  writeFileSync(join(path, 'a.yaml'), ODD)
  writeFileSync(join(path, 'b.yaml'), GOOD)
  const files = ['a.yaml', 'b.yaml'].map((name) => join(path, name))
  return new Sluice(['run', ...files, '--admin-port', '0'], { env: { XDG_CACHE_HOME: folder() } })
}

async function healthOf({ health }: LogLine): Promise<Health> {
  return (await (await fetch(health as string)).json()) as Health
}

async function endOf(process: Sluice) {
  process.send('SIGTERM')
  return await within(process.ended, () => `the end:\n${process.stderr}`)
}

test('a plugin that throws in a timer fails its pipeline, and is named; the others go on', async () => {
  const process = run("setTimeout(() => { throw new Error('late trouble') }, 500)")
  const running = await process.isRunning()
  const fault = await process.logged(({ code }) => code === 'SLUICE_UNCAUGHT_EXCEPTION', 'the exception')
  expect(fault).toMatchObject({
    level: 'error',
    pipeline: 'odd',
    node: 'strange',
    msg: 'strange of odd threw outside of every handler: late trouble',
    stack: expect.stringContaining('odd.ts:'),
  })
  await process.logged(({ msg }) => msg.startsWith('strange failed, and the pipeline with it'), 'its end')
  expect((await healthOf(running)).pipelines).toMatchObject([
    { name: 'odd', state: 'failed', troubles: [{ kind: 'exception', node: 'strange', count: 1 }] },
    { name: 'good', state: 'running', troubles: [] },
  ])
  const ready = await fetch(running['ready'] as string)
  expect(ready.status).toBe(503)
  expect((await endOf(process)).exitCode).toBe(70)
})

test('a promise that a plugin leaves rejected is counted and told with its node; nothing fails', async () => {
  const process = run("setInterval(() => void Promise.reject(new Error('forgotten')), 50)")
  const running = await process.isRunning()
  await until(
    async () => ((await healthOf(running)).pipelines[0]!.troubles[0]?.count ?? 0) >= 3,
    () => `three rejections:\n${process.stderr}`,
  )
  expect((await healthOf(running)).pipelines).toMatchObject([
    { name: 'odd', state: 'running', troubles: [{ kind: 'rejection', node: 'strange' }] },
    { name: 'good', state: 'running', troubles: [] },
  ])
  const metrics = await (await fetch(running['metrics'] as string)).text()
  expect(metrics).toMatch(/^sluice_node_faults_total\{pipeline="odd",node="strange".*fault="rejection"\} [1-9]/m)
  const { exitCode, stderr } = await endOf(process)
  expect(exitCode).toBe(0)
  // A flood of them is no flood of lines.
  expect(stderr.split('\n').filter((line) => line.includes('SLUICE_UNHANDLED_REJECTION'))).toHaveLength(1)
})

test('an exception that nobody can be named for ends the process, which says so: 70', async () => {
  const process = run("connect(1, '127.0.0.1')")
  const { exitCode, stderr } = await within(process.ended, () => `the end:\n${process.stderr}`)
  expect(exitCode).toBe(70)
  expect(stderr).toContain('a component or Sluice itself has failed: connect ECONNREFUSED 127.0.0.1:1')
})

test('a function of a program is named by the lines of its node', async () => {
  const path = join(folder(), 'jobs.ts')
  writeFileSync(
    path,
    `import { definePipeline } from 'sluice'
import { each } from 'sluice/consumers'
import { generate } from 'sluice/producers'
import { map } from 'sluice/stages'

export default definePipeline('jobs', (p) => {
  const numbers = p.producer('numbers', generate())
  const named = p.stage('named', numbers, map((data: unknown) => ({ data })))
  p.consumer(
    'sink',
    named,
    each(async () => {
      setTimeout(() => {
        throw new Error('too late')
      }, 1)
      await new Promise((resolve) => setTimeout(resolve, 100))
    }),
  )
})
`,
  )
  const process = new Sluice(['run', path, '--admin-port', '0'], { env: { XDG_CACHE_HOME: folder() } })
  const { exitCode, stderr } = await within(process.ended, () => `the end:\n${process.stderr}`)
  expect(exitCode).toBe(70)
  expect(stderr).toContain('sink of jobs threw outside of every handler: too late')
})
