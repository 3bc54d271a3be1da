import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { folder, Sluice, until, within } from './sluice.ts'

const PLUGIN = `import { defineConsumer } from 'sluice'
import { z } from 'zod'
function spin(ms) {
  const end = Date.now() + ms
  while (Date.now() < end);
}
export default defineConsumer({
  name: 'greedy',
  summary: 'Greedy.',
  options: z.strictObject({ sync: z.int(), late: z.int() }),
  create: ({ sync, late }) => ({
    each({ index }) {
      if (index === 0) spin(sync)
      if (index === 1 && late > 0) return Promise.resolve().then(() => spin(late))
    },
  }),
})
`

function run(options: string): Sluice {
  const path = folder()
  writeFileSync(join(path, 'greedy.js'), PLUGIN)
  writeFileSync(
    join(path, 'a.yaml'),
    `pipeline: jobs
plugins: [./greedy.js]
producers: { numbers: { generate: { rate: 10 } } }
consumers: { sink: { from: numbers, greedy: ${options} } }
`,
  )
  return new Sluice(['run', join(path, 'a.yaml'), '--admin-port', '0'], { env: { XDG_CACHE_HOME: folder() } })
}

async function troublesOf(process: Sluice): Promise<Record<string, unknown>[]> {
  const { health } = await process.isRunning()
  const { pipelines } = (await (await fetch(health as string)).json()) as {
    pipelines: { troubles: Record<string, unknown>[] }[]
  }
  return pipelines[0]!.troubles
}

test('A13: a handler that keeps the event loop for a moment is named afterwards', async () => {
  const process = run('{ sync: 700, late: 0 }')
  const line = await process.logged(({ msg }) => msg.startsWith('sink kept the event loop for'), 'the node')
  expect(line).toMatchObject({ level: 'warn', pipeline: 'jobs', node: 'sink', ms: expect.any(Number) })
  expect(await troublesOf(process)).toMatchObject([{ kind: 'blocked-loop', node: 'sink', count: 1 }])
  process.send('SIGTERM')
  expect((await within(process.ended, () => `the end:\n${process.stderr}`)).exitCode).toBe(0)
})

test('A13: one that keeps it after an `await` is named while it lasts, with the line that it is at', async () => {
  const process = run('{ sync: 0, late: 12000 }')
  const line = await process.logged(({ msg }) => msg.includes('still does'), 'the node')
  expect(line.msg).toMatch(
    /^sink of jobs has kept the event loop for 5 s and still does, at spin \(.*greedy\.js:5:\d+\)/,
  )
  expect(line).toMatchObject({
    level: 'warn',
    pipeline: 'jobs',
    node: 'sink',
    stack: expect.stringContaining('greedy.js'),
  })
  await until(
    async () => (await troublesOf(process)).some(({ kind }) => kind === 'blocked-loop'),
    () => `the trouble:\n${process.stderr}`,
  )
  expect(await troublesOf(process)).toMatchObject([{ kind: 'blocked-loop', node: 'sink', count: 1 }])
  process.send('SIGTERM')
  expect((await within(process.ended, () => `the end:\n${process.stderr}`)).exitCode).toBe(0)
})

test('D13: a handler that never comes back is named in /health after its timeout', async () => {
  const path = folder()
  writeFileSync(
    join(path, 'jobs.ts'),
    `import { definePipeline } from 'sluice'
import { each } from 'sluice/consumers'
import { generate } from 'sluice/producers'

export default definePipeline('jobs', (p) => {
  const numbers = p.producer('numbers', generate({ rate: 10 }))
  p.consumer('sink', numbers, each(() => new Promise(() => {})), { timeout: '300ms', concurrency: 1000 })
})
`,
  )
  const process = new Sluice(['run', join(path, 'jobs.ts'), '--admin-port', '0'], {
    env: { XDG_CACHE_HOME: folder() },
  })
  await process.logged(({ trouble }) => trouble === 'hung', 'the node')
  const troubles = await troublesOf(process)
  expect(troubles.find(({ kind }) => kind === 'hung')).toMatchObject({
    node: 'sink',
    message: expect.stringMatching(/^waits for its handler: \d+ calls? ha/),
  })
})
