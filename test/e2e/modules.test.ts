import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { folder, logLines, Sluice, sluice, ROOT } from './sluice.ts'

const CONFIG = join(ROOT, 'config')

/** Writes files into a folder that is gone after the test; nothing is installed there. @returns the folder. */
function folderOf(files: Readonly<Record<string, string>>): string {
  const path = folder()
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true })
    writeFileSync(join(path, name), text)
  }
  return path
}

/** What every run here has: a port that is free, and a cache of its own. */
function run(paths: readonly string[], input = '') {
  return sluice(['run', ...paths, '--admin-port', '0'], { input, env: { XDG_CACHE_HOME: folder() } })
}

test('config/redact.yaml does what it says, with its plugin in TypeScript', async () => {
  const { exitCode, stdout } = await run([join(CONFIG, 'redact.yaml')], '{"id":1,"card":"4111"}\n')
  expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '{"id":1,"card":null}\n' })
})

const NUMBERS = `pipeline: numbers
producers:
  numbers: { generate: { count: 2 } }
consumers:
  output: { from: numbers, stdout: }
`
const WORDS = `import { definePipeline } from 'sluice'
import { generate } from 'sluice/producers'
import { discard } from 'sluice/consumers'

export default definePipeline('words', (p) => {
  const words = p.producer('words', generate({ count: 3 }))
  p.consumer('nowhere', words, discard())
})\n`

test('a folder of YAML and TypeScript runs in one process, and each pipeline tells how it went', async () => {
  const path = folderOf({ 'a.yaml': NUMBERS, 'b.ts': WORDS, 'b.test.ts': 'throw 1' })
  const { exitCode, stdout, stderr } = await run([path])
  expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '{"index":0}\n{"index":1}\n' })
  const log = logLines(stderr)
  for (const [pipeline, acked] of Object.entries({ numbers: 2, words: 3 })) {
    expect(log.filter((line) => line['pipeline'] === pipeline)).toMatchObject(
      expect.arrayContaining([
        expect.objectContaining({ msg: `${pipeline} is running` }),
        expect.objectContaining({ msg: 'finished', acked }),
      ]) as object[],
    )
  }
})

test('a pipeline that cannot be opened is not said to run, and the others go on', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo
  const door = `pipeline: door
producers: { in: { http: { port: ${port} } } }
consumers: { out: { from: in, file: ${join(folder(), 'door.ndjson')} } }\n`
  const path = folderOf({ 'a.yaml': NUMBERS, 'b.yaml': door })
  const { exitCode, stdout, stderr } = await run([path])
  other.close()
  expect({ exitCode, stdout }).toEqual({ exitCode: 71, stdout: '{"index":0}\n{"index":1}\n' })
  expect(logLines(stderr)).toContainEqual(
    expect.objectContaining({ pipeline: 'door', code: 'SLUICE_LISTEN_PORT_IN_USE' }),
  )
  expect(stderr).toContain('numbers is running')
  expect(stderr).not.toContain('door is running')
})

test('mistakes of all files are told before anything starts: 78', async () => {
  const path = folderOf({ 'a.yaml': NUMBERS, 'b.ts': WORDS.replace('count', 'cuont'), 'c.yaml': NUMBERS })
  const { exitCode, stdout, stderr } = await run([path])
  expect({ exitCode, stdout }).toEqual({ exitCode: 78, stdout: '' })
  for (const part of [
    'b.ts:6:',
    '`cuont`',
    'did you mean `count`',
    'c.yaml:1:11',
    'a.yaml:1:11',
    '2 mistakes in 2 files',
  ])
    expect(stderr).toContain(part)
  expect(stderr).not.toContain('is running')
})

test.each([
  ['a syntax error', 'const a = {{\n', ['p.ts:1:12', 'syntax error']],
  ['a throw', '\nthrow new Error("no luck")', ['p.ts:2', 'no luck']],
  ['an import that leads nowhere', "import 'nowhere'", ['p.ts:1:8', '`nowhere`, which is not installed']],
  ['no default export', 'export const a = 1', ['p.ts', 'no default export']],
])('a module with %s is told in a few lines, without a stack: 78', async (_, text, parts) => {
  const path = folderOf({ 'p.ts': text, 'a.yaml': `plugins: [./p.ts]\n${NUMBERS}` })
  for (const file of ['p.ts', 'a.yaml']) {
    const { exitCode, stderr } = await sluice(['validate', join(path, file)], { env: { XDG_CACHE_HOME: folder() } })
    expect(exitCode).toBe(78)
    for (const part of parts) expect(stderr).toContain(part)
    expect(stderr).not.toMatch(/^\s+at |node:internal|node_modules/m)
  }
})

/** A plugin with a stage `odd`. */
function odd(handlers: string): string {
  return `import { defineStage } from 'sluice'
import { z } from 'zod'
setInterval(() => {}, 1000)
export default defineStage({ name: 'odd', summary: 'Odd.', options: z.strictObject({}), create: () => (${handlers}) })\n`
}
const ODD = `${NUMBERS.replace('from: numbers,', 'from: odd,')}stages:
  odd: { from: numbers, odd: {} }
plugins: [./odd.ts]
startTimeout: 200ms
`

test('a plugin that hangs while it opens ends its pipeline in time, and is named: 69', async () => {
  const path = folderOf({
    'a.yaml': ODD,
    'odd.ts': odd('{ open: () => new Promise(() => {}), map: (data: unknown) => data }'),
  })
  for (const command of ['run', 'validate']) {
    const args = command === 'run' ? ['run', '--admin-port', '0'] : ['validate', '--connect']
    const { exitCode, stderr } = await sluice([...args, join(path, 'a.yaml')], { env: { XDG_CACHE_HOME: folder() } })
    expect(exitCode).toBe(69)
    expect(stderr).toContain('odd has not opened within 0.2 s')
  }
})

test('validate ends although a plugin has a timer running', async () => {
  const path = folderOf({ 'a.yaml': ODD, 'odd.ts': odd('{ map: (data: unknown) => data }') })
  const { exitCode, stdout } = await sluice(['validate', '--connect', join(path, 'a.yaml')], {
    env: { XDG_CACHE_HOME: folder() },
  })
  expect(exitCode).toBe(0)
  expect(stdout).toContain('numbers: every node can be opened')
})

test('what a plugin prints is kept out of the output, and one that ends the process makes no good end', async () => {
  const noisy = `console.log('loaded')\n${odd("{ open: () => console.log('opened'), map: (data: unknown) => data }")}`
  const path = folderOf({ 'a.yaml': ODD, 'odd.ts': noisy })
  const options = { env: { XDG_CACHE_HOME: folder() } }
  const told = await sluice(['validate', '--connect', '--json', join(path, 'a.yaml')], options)
  expect(JSON.parse(told.stdout)).toMatchObject({ ok: true })
  expect(told.stderr).toBe('loaded\nopened\n')
  const schema = await sluice(['schema', join(path, 'a.yaml')], options)
  expect(JSON.parse(schema.stdout)).toHaveProperty('$defs')

  writeFileSync(join(path, 'odd.ts'), 'process.exit(0)')
  for (const command of [['validate'], ['schema'], ['run', '--admin-port', '0']]) {
    const { exitCode, stderr } = await sluice([...command, join(path, 'a.yaml')], options)
    expect({ exitCode, stderr }).toMatchObject({
      exitCode: 70,
      stderr: expect.stringContaining('has ended the process'),
    })
  }
})

test('validate --connect reads nothing from a source', async () => {
  const process = new Sluice(['validate', '--connect', '--json', join(CONFIG, 'shell-filter.yaml')])
  process.process.stdin.write('{"level":"error"}\n')
  const { exitCode, stdout } = await process.ended
  expect(exitCode).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({
    ok: true,
    exitCode: 0,
    problems: [],
    pipelines: [
      { name: 'shell-filter', nodes: [{ name: 'lines', opened: true }, {}, { name: 'output', opened: true }] },
    ],
  })
})

test('validate --json is one document, also of mistakes', async () => {
  const path = folderOf({ 'a.yaml': NUMBERS.replace('count', 'cuont') })
  const { exitCode, stdout, stderr } = await sluice(['validate', '--json', path])
  expect({ exitCode, stderr }).toEqual({ exitCode: 78, stderr: '' })
  expect(JSON.parse(stdout)).toEqual({
    ok: false,
    exitCode: 78,
    files: [join(path, 'a.yaml')],
    problems: [
      {
        code: 'SLUICE_CONFIG_KEY_UNKNOWN',
        severity: 'error',
        file: join(path, 'a.yaml'),
        line: 3,
        column: 26,
        endLine: 3,
        endColumn: 31,
        path: ['producers', 'numbers', 'generate', 'cuont'],
        message: '`cuont` is not an option of `generate`',
        nearest: 'count',
        hint: 'did you mean `count`?',
      },
    ],
    omitted: 0,
    pipelines: [],
  })
})

test('what cannot be opened is told by node in both forms, with the exit code of opening', async () => {
  const path = folderOf({ 'a.yaml': NUMBERS.replace('stdout:', 'file: /nowhere/x.ndjson') })
  const text = await sluice(['validate', '--connect', path])
  expect(text.exitCode).toBe(73)
  expect(text.stderr).toContain("numbers: output  can't be opened: ")
  const json = await sluice(['validate', '--connect', '--json', path])
  expect(json.exitCode).toBe(73)
  expect(JSON.parse(json.stdout)).toMatchObject({
    ok: false,
    exitCode: 73,
    problems: [],
    pipelines: [
      {
        nodes: [{ opened: true }, { opened: false, error: { code: 'SLUICE_FILE_UNUSABLE', hint: expect.any(String) } }],
      },
    ],
  })
})

test('schema prints the JSON Schema; of a file with its plugins', async () => {
  const plain = await sluice(['schema'])
  expect(plain.exitCode).toBe(0)
  expect(JSON.parse(plain.stdout)).not.toHaveProperty('$defs.stage-redact')
  const own = await sluice(['schema', join(CONFIG, 'redact.yaml')], { env: { XDG_CACHE_HOME: folder() } })
  expect(JSON.parse(own.stdout)).toHaveProperty('$defs.stage-redact.description', 'Blanks the named fields.')
})
