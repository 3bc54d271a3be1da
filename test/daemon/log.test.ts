import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { createLog } from '../../src/daemon/log.ts'
import { withFields } from '../../src/daemon/plain-log.ts'

function sink() {
  const written: string[] = []
  return { written, write: (line: string) => void written.push(line) }
}

test('a line is one JSON object with its level in words, its time, the text and the fields', async () => {
  const destination = sink()
  const log = await createLog({ destination })
  log.warn('slow\ndown', { node: 'ledger' })
  expect(destination.written).toHaveLength(1)
  expect(destination.written[0]).toMatch(/^[^\n]*\n$/)
  const { time, ...line } = JSON.parse(destination.written[0]!) as Record<string, unknown>
  expect(line).toEqual({ level: 'warn', node: 'ledger', msg: 'slow\ndown' })
  expect(new Date(time as string).toISOString()).toBe(time)
})

test('passwords, tokens and the like are never shown, whoever logs them', async () => {
  const destination = sink()
  const log = await createLog({ destination })
  log.info('connected', {
    password: 'hunter2',
    headers: { authorization: 'Bearer hunter2', cookie: 'hunter2' },
    options: { token: 'hunter2' },
  })
  expect(destination.written[0]).not.toContain('hunter2')
  expect(destination.written[0]).toContain('[redacted]')
})

test('fields of a part of the process stand on each of its lines', async () => {
  const destination = sink()
  const log = withFields(await createLog({ destination }), { pipeline: 'payments' })
  log.error('broken', { node: 'ledger' })
  expect(JSON.parse(destination.written[0]!)).toMatchObject({ pipeline: 'payments', node: 'ledger' })
})

test('for people a line says when, how grave, who, what, and below it what to do', async () => {
  const stream = new PassThrough().setEncoding('utf8')
  const log = await createLog({ destination: stream, isPretty: true })
  log.error('the disk is full', { pipeline: 'payments', node: 'ledger', code: 'ENOSPC', hint: 'make room' })
  log.info('payments is running')
  const written = String(stream.read())
  expect(written.replaceAll(/\d\d:\d\d:\d\d/g, 'hh:mm:ss')).toBe(
    [
      '[hh:mm:ss] ERROR: ledger: the disk is full (ENOSPC)',
      '    make room',
      '[hh:mm:ss] INFO: payments is running',
      '',
    ].join('\n'),
  )
})

test('nothing that is logged can steer a terminal', async () => {
  const stream = new PassThrough().setEncoding('utf8')
  const log = await createLog({ destination: stream, isPretty: true })
  log.info('\u001b[2Jgone\u202e\nnext', { node: 'a', hint: '\u0007ring', note: '\u001b[31m' })
  const written = String(stream.read())
  expect(written).toContain('INFO: a: \\u001b[2Jgone\\u202e\\nnext\n    \\u0007ring')
  // oxlint-disable-next-line no-control-regex -- they must not be there
  expect(written).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/)
})

test('where several pipelines run, lines for people say whose they are', async () => {
  const stream = new PassThrough().setEncoding('utf8')
  const log = await createLog({ destination: stream, isPretty: true, showsPipeline: true })
  log.error("ledger can't be opened", { pipeline: 'a', node: 'ledger' })
  log.info('slow', { pipeline: 'a', node: 'ledger' })
  log.info('a is running', { pipeline: 'a' })
  log.info('ready')
  const written = String(stream.read())
  expect(written.replaceAll(/\[\d\d:\d\d:\d\d\] /g, '')).toBe(
    ["ERROR: a: ledger can't be opened", 'INFO: a: ledger: slow', 'INFO: a is running', 'INFO: ready', ''].join('\n'),
  )
})

test.each([
  ['JSON', false],
  ['lines for people', true],
])('%s: a line that cannot be written is lost without an error, and told once there is room', async (_, isPretty) => {
  const destination = { written: [] as string[], isFull: false, write }
  function write(line: string): void {
    if (destination.isFull) throw Object.assign(new Error('no space left'), { code: 'ENOSPC' })
    destination.written.push(line)
  }
  const log = await createLog({ destination, isPretty })
  destination.isFull = true
  for (const level of ['debug', 'info', 'warn', 'error', 'error'] as const) log[level]('lost')
  expect(destination.written).toEqual([])
  destination.isFull = false
  log.info('first')
  log.info('second')
  expect(
    destination.written.map((line) => /first|second|\d lines of the log could not be written/.exec(line)?.[0]),
  ).toEqual(['first', '4 lines of the log could not be written', 'second'])
})
