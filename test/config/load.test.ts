import { expect, test } from 'vitest'
import type { Message } from '../../src/core/message.ts'
import type { Registry } from '../../src/registry/registry.ts'
import { brief, edited, filter, GOOD, load, problemsOf, registry, registryWith, specOf } from './loading.ts'

test('a file becomes a pipeline: nodes in the order in which messages pass them, edges and settings', async () => {
  const { name, nodes, stopTimeoutMs, memoryBytes } = await specOf(GOOD)
  expect({ name, stopTimeoutMs, memoryBytes }).toEqual({
    name: 'payments',
    stopTimeoutMs: 25_000,
    memoryBytes: 1_000_000_000,
  })
  expect(nodes.map((node) => [node.name, node.component.kind, node.component.name, node.from, node.settings])).toEqual([
    ['ingress', 'producer', 'http', [], {}],
    ['valid', 'stage', 'filter', [{ from: 'ingress' }], {}],
    ['batches', 'stage', 'batch', [{ from: 'valid' }], {}],
    ['ledger', 'consumer', 'file', [{ from: 'batches' }], { concurrency: 8 }],
  ])
})

test('what the component derives from its options is bound: parts, exclusive', async () => {
  const [ingress, , batches, ledger] = (await specOf(GOOD)).nodes
  expect(ingress!.component.exclusive).toBe('port 8080')
  expect(ledger!.component.exclusive).toBe('file ledger.ndjson')
  expect(batches!.component).toMatchObject({ holds: true, parts: 100 })
})

test('all settings of a worker arrive, durations in ms and sizes in bytes', async () => {
  const text = edited(
    'concurrency: 8',
    `demand: { max: 20, min: 5, bytes: 1MiB }
    concurrency: 2
    callSize: 7
    order: none
    timeout: 1.5s
    onFailure: drop`,
  )
  expect((await specOf(text)).nodes[3]!.settings).toEqual({
    demand: { max: 20, min: 5, bytes: 1_048_576 },
    concurrency: 2,
    callSize: 7,
    order: 'none',
    timeoutMs: 1500,
    onFailure: 'drop',
  })
})

test('all settings of a holding stage arrive', async () => {
  const text = edited(
    '    batch:',
    `    maxHeld: 10
    maxKeys: 20
    maxExpansion: 30
    dispatch: demand
    batch:`,
  )
  expect((await specOf(text)).nodes[2]!.settings).toEqual({
    maxHeld: 10,
    maxKeys: 20,
    maxExpansion: 30,
    dispatch: 'demand',
  })
})

test('all settings of a producer arrive, and its own memory and deadline at the top', async () => {
  const text = edited('    http:', '    onFailure: stop\n    maxUnacked: { parts: 5000, bytes: 1MiB }\n    http:')
  const spec = await specOf(`${text}stopTimeout: 1m\nmemory: 2GiB\n`)
  expect(spec.nodes[0]!.settings).toEqual({ onFailure: 'stop', maxUnacked: { parts: 5000, bytes: 1_048_576 } })
  expect(spec).toMatchObject({ stopTimeoutMs: 60_000, memoryBytes: 2 * 1024 ** 3 })
})

test('a count is short for the `max` of demand and for the `parts` of maxUnacked', async () => {
  const text = edited('concurrency: 8', 'demand: 20').replace('    http:', '    maxUnacked: 5000\n    http:')
  const { nodes } = await specOf(text)
  expect(nodes[0]!.settings).toEqual({ maxUnacked: { parts: 5000 } })
  expect(nodes[3]!.settings).toEqual({ demand: { max: 20 } })
})

test('`from` is a name, a list of names, or a map of names and settings of the edge', async () => {
  const second = edited('stages:', '  clock:\n    ticks:\nstages:')
  const list = await specOf(second.replace('from: ingress', 'from: [ingress, clock]'))
  expect(list.nodes[2]!.from).toEqual([{ from: 'ingress' }, { from: 'clock' }])
  const edge = '{ demand: 10, whenFull: drop-oldest, queue: { messages: 5, bytes: 64KiB } }'
  const map = await specOf(second.replace('from: ingress', `from: { ingress: ${edge}, clock: }`))
  expect(map.nodes[2]!.from).toEqual([
    { from: 'ingress', demand: { max: 10 }, whenFull: 'drop-oldest', queue: { messages: 5, bytes: 65_536 } },
    { from: 'clock' },
  ])
})

test('expressions arrive compiled: `key`, and what a partition is made by', async () => {
  const text = filter(
    'key: data.merchant\n    dispatch: { partition: { by: data.city, count: 4 } }\n    filter: data.ok',
  )
  const { key, dispatch } = (await specOf(text)).nodes[1]!.settings
  const message = { data: { merchant: 'm', city: 'c' } } as Message
  expect(key?.(message)).toBe('m')
  expect(dispatch).toMatchObject({ partition: { count: 4 } })
  expect((dispatch as { partition: { by: (message: Message) => unknown } }).partition.by(message)).toBe('c')
})

test.each([
  ['a bare value is the option that the component calls short', 'filter: data.ok'],
  ['options may stand in full', 'filter: { when: data.ok, reject: true }'],
  ['an expression in quotes is the same', `filter: '!data.ok && data.x === "a: b, c"'`],
  ['a map of expressions is short where the option takes one', 'map: { id: key, cents: data.amount * 100 }'],
  ['a map of expressions may stand in full', 'map: { to: { id: key } }'],
])('%s', async (_, component) => {
  await expect(specOf(filter(component))).resolves.toBeDefined()
})

test('a component without options may stand with nothing behind its colon', async () => {
  const { nodes } = await specOf(edited('file: ledger.ndjson', 'discard:'))
  expect(nodes[3]!.component.name).toBe('discard')
})

test('every mistake is told at once, in the order of the file', async () => {
  const text = edited('from: ingress', 'from: ingres')
    .replace('port: 8080', 'port: 80800')
    .replace('size: 100', 'sise: 100')
    .replace('concurrency: 8', 'concurency: 8')
  expect((await problemsOf(`${text}memory: 3\n`)).map((problem) => brief(problem).split(' | ')[0])).toEqual([
    '4:19 VALUE `port`: must be at most 65535, got 80800',
    '7:11 FROM_UNKNOWN there is no node `ingres`',
    '11:14 KEY_UNKNOWN `sise` is not an option of `batch`',
    '15:5 KEY_UNKNOWN `concurency` is not a setting or a component of a consumer',
    '17:9 TYPE `memory`: write a unit: "3MiB" or "3GiB"',
  ])
})

test('a mistake that quotes would mend hides no other mistake', async () => {
  const text = filter('filter: !data.ok').replace('concurrency: 8', 'concurency: 8')
  expect((await problemsOf(text)).map(({ line }) => line)).toEqual([8, 15])
})

test('a problem is plain data: code, place, path, what is wrong, what is expected, what was meant', async () => {
  const [problem] = await problemsOf(edited('concurrency: 8', 'concurency: 8'))
  expect(problem).toEqual({
    code: 'SLUICE_CONFIG_KEY_UNKNOWN',
    severity: 'error',
    file: expect.stringMatching(/pipeline\.yaml$/),
    line: 15,
    column: 5,
    endLine: 15,
    endColumn: 15,
    path: ['consumers', 'ledger', 'concurency'],
    message: '`concurency` is not a setting or a component of a consumer',
    nearest: 'concurrency',
    hint: 'did you mean `concurrency`?',
  })
  const [other] = await problemsOf(edited('concurrency: 8', 'order: 3'))
  expect(other).toMatchObject({ expected: '`input`, `key` or `none`' })
})

test('an error says its first mistake, how many more there are, and carries the text', async () => {
  const text = edited('concurrency: 8', 'concurency: 8').replace('size: 100', 'size: 0')
  await expect(load(text)).rejects.toMatchObject({
    name: 'ConfigError',
    code: 'SLUICE_CONFIG_VALUE',
    kind: 'place',
    omitted: 0,
    text,
    message: expect.stringMatching(/^`size`: must be at least 1, got 0 \(and 1 more in .*pipeline\.yaml\)$/),
  })
})

test('of more than 200 mistakes the rest is counted', async () => {
  const typos = Array.from({ length: 250 }, (_, index) => `    typo${index}: 1\n`).join('')
  await expect(load(edited('    http:', `${typos}    http:`))).rejects.toMatchObject({
    problems: { length: 200 },
    omitted: 50,
  })
})

test('a component that breaks while its options are read is told where it is named, without what variables hold', async () => {
  const parts = () => {
    throw new Error('hunter22 is wrong')
  }
  const bad = registryWith('batch', { parts })
  const told = '11:5 COMPONENT_BROKEN `batch` failed while its options were read'
  const hint = 'this is a mistake in the component, not in this file'
  expect((await problemsOf(GOOD, { registry: bad })).map(brief)).toEqual([`${told}: hunter22 is wrong | ${hint}`])
  const filled = edited('timeout: 200ms', 'timeout: "${T}"')
  expect((await problemsOf(filled, { registry: bad, environment: { T: '1s' } })).map(brief)).toEqual([
    `${told} | ${hint}`,
  ])
})

test('a component whose file is broken is told where it is named, and hides no other mistake', async () => {
  const broken: Registry = {
    names: (kind) => registry.names(kind),
    load: async (kind, name) => {
      if (name === 'batch') throw new Error("the stage batch can't be loaded: no luck")
      return registry.load(kind, name)
    },
  }
  expect((await problemsOf(edited('path: /payments', 'path: 5'), { registry: broken })).map(brief)).toEqual([
    '4:31 TYPE `path`: expected a string, got 5 | put it in quotes: "5"',
    "11:5 COMPONENT_BROKEN the stage batch can't be loaded: no luck | this is a mistake in the component, not in this file",
  ])
})

test('options are frozen all the way down', async () => {
  let seen: unknown
  const spying = registryWith('file', { exclusive: (options: unknown) => void (seen = options) })
  await load(edited('file: ledger.ndjson', 'file: { path: a, columns: [a], rotate: { size: 1 } }'), {
    registry: spying,
  })
  expect(seen).toEqual({ path: 'a', fsync: 'interval', columns: ['a'], rotate: { size: 1, keep: 3 } })
  const { columns, rotate } = seen as { columns: string[]; rotate: object }
  expect([seen, columns, rotate].every(Object.isFrozen)).toBe(true)
})
