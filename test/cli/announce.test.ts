import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { announce, announcement, notingDoors, type Door } from '../../src/cli/announce.ts'
import type { Running } from '../../src/daemon/running.ts'
import { Emitter } from '../../src/kit/observable/signal.ts'
import { collectingLog } from '../daemon/collecting.ts'
import { pipeline } from '../daemon/pipelines.ts'

const RUNNING: Running = {
  adminUrl: 'http://127.0.0.1:9464',
  statuses: [],
  events$: new Emitter(),
  stats$: new Emitter(),
  finished: Promise.resolve([]),
  pause: () => [] as never,
  resume: () => [] as never,
  stop: () => Promise.resolve([]),
}
const DOOR: Door = { pipeline: 'payments', node: 'ingress', url: 'http://127.0.0.1:8080/payments' }
const STARTED = { specs: [pipeline({ name: 'payments', outcomes: true })], running: RUNNING, doors: [DOOR] }

/** A stream that is no terminal. */
const PLAIN = new PassThrough() as unknown as NodeJS.WriteStream

test('on a terminal the start says where to send, what is promised, where to look and how to stop', () => {
  expect(announcement(STARTED, PLAIN)).toBe(
    [
      'payments is running',
      '  send     POST http://127.0.0.1:8080/payments  (ingress)',
      '  promise  numbers hears what became of each message',
      '  look     http://127.0.0.1:9464/health  http://127.0.0.1:9464/ready  http://127.0.0.1:9464/metrics',
      '  stop     Ctrl-C finishes what is under way, within 10 s; a second one stops at once',
      '',
      '',
    ].join('\n'),
  )
})

test('of several pipelines each says where to send, and all where to look and how to stop', () => {
  const orders = { ...pipeline({ name: 'orders' }), stopTimeoutMs: 20_000 }
  expect(announcement({ ...STARTED, specs: [...STARTED.specs, orders] }, PLAIN)).toBe(
    [
      'payments is running',
      '  send     POST http://127.0.0.1:8080/payments  (ingress)',
      '  promise  numbers hears what became of each message',
      'orders is running',
      '  promise  numbers has nobody to tell: failures are logged, and the exit code is 65',
      '  look     http://127.0.0.1:9464/health  http://127.0.0.1:9464/ready  http://127.0.0.1:9464/metrics',
      '  stop     Ctrl-C finishes what is under way, within 20 s; a second one stops at once',
      '',
      '',
    ].join('\n'),
  )
})

test('elsewhere it is one line of the log for each', () => {
  const log = collectingLog()
  announce(STARTED, log)
  expect(log.lines).toEqual([
    {
      level: 'info',
      message: 'payments is running',
      fields: {
        pipeline: 'payments',
        health: 'http://127.0.0.1:9464/health',
        ready: 'http://127.0.0.1:9464/ready',
        metrics: 'http://127.0.0.1:9464/metrics',
        promises: { numbers: 'hears what became of each message' },
        stopTimeoutMs: 10_000,
      },
    },
  ])
})

test.each([true, false])(
  'a line that says where a node listens is noted; on a terminal (%s) it is told in the announcement instead',
  (isTerminal) => {
    const log = collectingLog()
    const doors: Door[] = []
    const noting = notingDoors(log, doors, isTerminal)
    noting.info('listening', DOOR)
    noting.info('something else', { node: 'ingress' })
    noting.warn('beware')
    expect(doors).toEqual([DOOR])
    expect(log.lines.map(({ message }) => message)).toEqual([
      ...(isTerminal ? [] : ['listening']),
      'something else',
      'beware',
    ])
  },
)
