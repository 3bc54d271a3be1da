import { expect, test } from 'vitest'
import { file, folder, sluice } from './sluice.ts'

const GOOD = `pipeline: numbers
producers:
  numbers:
    generate: { count: 3 }
stages:
  even:
    from: numbers
    filter: data.index % 2 === 0
consumers:
  output:
    from: even
    stdout: {}
`

type Edit = readonly [piece: string, replacement: string]

function edited(edits: readonly Edit[]): string {
  return file(
    edits.reduce((text, [piece, replacement]) => {
      if (!text.includes(piece)) throw new Error(`the good file has no ${piece}`)
      return text.replace(piece, () => replacement)
    }, GOOD),
  )
}

test('the file that the mistakes are made in is good', async () => {
  const { exitCode, stdout } = await sluice(['run', file(GOOD), '--admin-port', '0'])
  expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '{"index":0}\n{"index":2}\n' })
})

/** What the mistake is, how it gets into the good file, and what is said about it: the place and the gist. */
const MISTAKES: readonly (readonly [string, readonly Edit[], readonly string[]])[] = [
  ['a typo in a component', [['filter:', 'fliter:']], ['pipeline.yaml:8:5', '`fliter`', 'did you mean `filter`']],
  ['a typo in a setting', [['from: numbers', 'fron: numbers']], ['pipeline.yaml:7:5', '`fron`', 'did you mean `from`']],
  ['a typo in an option', [['count: 3', 'coumt: 3']], ['pipeline.yaml:4:17', '`coumt`', 'did you mean `count`']],
  [
    'a typo in a section',
    [['consumers:', 'consumer:']],
    ['pipeline.yaml:9:1', '`consumer`', 'did you mean `consumers`'],
  ],
  ['a wrong type', [['count: 3', 'count: many']], ['pipeline.yaml:4:24']],
  ['broken YAML', [['{ count: 3 }', '{ count: 3']], ['pipeline.yaml:']],
  ['an expression that YAML makes nothing of', [['data.index % 2 === 0', '!data.ok']], ['pipeline.yaml:8:', 'quotes']],
  ['an expression with a mistake', [['data.index % 2 === 0', 'data.index %% 2']], ['pipeline.yaml:8:']],
  ['a variable that is not set', [['count: 3', 'count: "${UNSET}"']], ['pipeline.yaml:4:', '`UNSET`', '${UNSET:-']],
  [
    'a circle',
    [
      ['from: numbers', 'from: [numbers, again]'],
      ['consumers:', '  again:\n    from: even\n    map: data\nconsumers:'],
    ],
    ['pipeline.yaml:', 'circle', '`even`', '`again`'],
  ],
  [
    'a node that is not there',
    [['from: even', 'from: evem']],
    ['pipeline.yaml:11:11', '`evem`', 'did you mean `even`'],
  ],
  [
    'a node that nobody reads from',
    [['from: even', 'from: numbers']],
    ['pipeline.yaml:6:3', 'nobody reads from the stage `even`'],
  ],
]

test.each(MISTAKES)('%s is told with file, line and column, and nothing starts: 78', async (_, edits, said) => {
  const broken = edited(edits)
  for (const command of [
    ['validate', broken],
    ['run', broken, '--admin-port', '0'],
  ]) {
    const { exitCode, stdout, stderr } = await sluice(command, { env: { UNSET: undefined } })
    expect(exitCode, stderr).toBe(78)
    expect(stdout).toBe('')
    for (const part of said) expect(stderr).toContain(part)
    expect(stderr).not.toMatch(/^\s+at /m)
  }
})

test('all mistakes are told at once, and how many there are', async () => {
  const broken = edited([
    ['count: 3', 'coumt: 3'],
    ['filter:', 'fliter:'],
    ['from: even', 'from: evem'],
  ])
  const { exitCode, stderr } = await sluice(['validate', broken])
  expect(exitCode).toBe(78)
  for (const part of ['`coumt`', '`fliter`', '`evem`', '3 mistakes']) expect(stderr).toContain(part)
})

test('a variable that is set fills its place', async () => {
  const { exitCode, stdout } = await sluice(['run', edited([['count: 3', 'count: "${COUNT}"']]), '--admin-port', '0'], {
    env: { COUNT: '1' },
  })
  expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '{"index":0}\n' })
})

test('a file that is not there, and a folder, are no input: 66', async () => {
  for (const path of [`${folder()}/nothing.yaml`, folder()]) {
    for (const command of ['run', 'validate']) {
      const { exitCode, stderr } = await sluice([command, path])
      expect(exitCode).toBe(66)
      expect(stderr).toContain(path)
    }
  }
})

test('validate looks at every file, and exits as the first bad one says', async () => {
  const missing = `${folder()}/nothing.yaml`
  const bad = edited([['count: 3', 'count: -1']])
  const { exitCode, stdout, stderr } = await sluice(['validate', missing, file(GOOD), bad])
  expect(exitCode).toBe(66)
  expect(stdout).toContain('numbers')
  expect(stderr).toContain('nothing.yaml')
  expect(stderr).toContain(`${bad}:4:`)
})

const DOOR = `pipeline: doors
producers:
  ingress:
    http: { port: 0, queue: { messages: 200000 } }
consumers:
  nowhere:
    from: ingress
    discard: {}
`
const NEVER_FULL = 'the queue of ingress (200000) can never be full: its maxUnacked (100000) is reached before'

test('a queue that is larger than what may be unacked is a warning with its place: validate exits with 0', async () => {
  const { exitCode, stdout } = await sluice(['validate', file(DOOR)])
  expect({ exitCode, stdout }).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining('no mistakes, one warning'),
  })
  for (const part of ['pipeline.yaml:3:3', NEVER_FULL, 'raise maxUnacked']) expect(stdout).toContain(part)
})

test('so it is in bytes, of which a third of the memory may be unacked', async () => {
  const small = file(`${DOOR.replace('{ messages: 200000 }', '{ bytes: 64MiB }')}memory: 96MiB\n`)
  const { exitCode, stdout } = await sluice(['validate', small])
  expect(exitCode).toBe(0)
  expect(stdout).toContain('the queue of ingress (67108864 bytes) can never be full: its maxUnacked (33554432 bytes)')
})

test('it is no warning where maxUnacked is raised with it', async () => {
  const raised = file(DOOR.replace('    http:', '    maxUnacked: 200000\n    http:'))
  const { exitCode, stdout } = await sluice(['validate', raised])
  expect(exitCode).toBe(0)
  expect(stdout).toContain('no mistakes\n')
  expect(stdout).not.toContain('warning')
})
