import { describe, expect, test } from 'vitest'
import { firstFrame, ownersOf, type Owner } from '../../src/daemon/attribution.ts'

/** An error with a stack of these frames. */
function thrownAt(frames: readonly string[], options: ErrorOptions & { message?: string } = {}): Error {
  const error = new Error(options.message ?? 'boom', options)
  error.stack = [`Error: ${error.message}`, ...frames.map((frame) => `    at ${frame}`)].join('\n')
  return error
}

function owner(name: string, file: string, lines?: [number, number]): Owner {
  const [pipeline, node] = name.split(' ')
  return { pipeline: pipeline!, node: node!, origins: [lines === undefined ? { file } : { file, lines }] }
}

const OWNERS: readonly Owner[] = [
  owner('payments redacted', '/app/plugins/redact.ts'),
  owner('orders redacted', '/app/plugins/redact.ts'),
  owner('orders sent', '/app/node_modules/sluice-plugin-mail/dist/index.js'),
  owner('jobs checked', '/jobs/jobs.ts', [10, 14]),
  owner('jobs stored', '/jobs/jobs.ts', [15, 30]),
  {
    pipeline: 'orders',
    node: 'ledger',
    origins: [{ file: new URL('../../src/consumers/file.ts', import.meta.url).pathname }],
  },
]

function named(thrown: unknown): string[] {
  return ownersOf(thrown, OWNERS).map(({ pipeline, node }) => `${pipeline} ${node}`)
}

describe('what is thrown outside of handlers', () => {
  test.each([
    [
      'a timer of a plugin: every node that runs it',
      ['Timeout._onTimeout (/app/plugins/redact.ts:3:9)', 'listOnTimeout (node:internal/timers:581:17)'],
      ['payments redacted', 'orders redacted'],
    ],
    [
      'a module of JavaScript, which is a URL',
      ['async flush (file:///app/plugins/redact.ts?v=2:3:9)'],
      ['payments redacted', 'orders redacted'],
    ],
    ['lines of one node of a program', ['save (/jobs/jobs.ts:20:3)'], ['jobs stored']],
    ['a function of a program that any node may call', ['retry (/jobs/jobs.ts:40:3)'], ['jobs checked', 'jobs stored']],
    [
      'the same, called from the lines of one node',
      ['retry (/jobs/jobs.ts:40:3)', 'check (/jobs/jobs.ts:11:3)'],
      ['jobs checked'],
    ],
    [
      'what a plugin imports from beside it',
      ['connect (/app/plugins/lib/client.ts:3:9)'],
      ['payments redacted', 'orders redacted'],
    ],
    [
      'another file of the package of a plugin',
      ['/app/node_modules/sluice-plugin-mail/lib/smtp.js:3:9'],
      ['orders sent'],
    ],
    [
      'a library, called by a plugin',
      ['emit (/app/node_modules/other/index.js:3:9)', 'send (/app/node_modules/sluice-plugin-mail/dist/index.js:7:1)'],
      ['orders sent'],
    ],
    ['a library that nobody is known to use', ['emit (/app/node_modules/other/index.js:3:9)'], []],
    ['Node.js alone', ['TCPConnectWrap.afterConnect [as oncomplete] (node:net:1555:16)'], []],
    [
      'another file in the folder of the built-in components',
      [`run (${new URL('../../src/consumers/stdout.ts', import.meta.url).pathname}:3:9)`],
      [],
    ],
  ])('%s', (_, frames, expected) => {
    expect(named(thrownAt(frames))).toEqual(expected)
  })

  test('its causes tell what it does not say itself', () => {
    const cause = thrownAt(['save (/jobs/jobs.ts:20:3)'])
    expect(named(thrownAt(['node:internal/process/task_queues:95:5'], { cause }))).toEqual(['jobs stored'])
    const several = new AggregateError([new Error('first'), cause])
    several.stack = 'AggregateError'
    expect(named(several)).toEqual(['jobs stored'])
  })

  test('a message that looks like a stack blames nobody', () => {
    expect(named(thrownAt(['node:net:1:1'], { message: 'oh\n    at save (/jobs/jobs.ts:20:3)' }))).toEqual([])
  })

  test('anything can be thrown, also what has no stack, and what is its own cause', () => {
    const circle = thrownAt([])
    circle.cause = circle
    const odd = Object.assign(new Error('odd'), { stack: 7 })
    for (const thrown of [undefined, null, 'text', 7, {}, circle, odd]) expect(named(thrown)).toEqual([])
  })
})

test('where nobody can be named, the first frame is told', () => {
  expect(firstFrame(thrownAt(['emit (/app/node_modules/other/index.js:3:9)', 'node:net:1:1']))).toBe(
    'at emit (/app/node_modules/other/index.js:3:9)',
  )
  expect(firstFrame('text')).toBe(undefined)
})
