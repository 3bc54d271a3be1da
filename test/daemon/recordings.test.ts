import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fc, test as property } from '@fast-check/vitest'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { placeError } from '../../src/core/errors.ts'
import type { Recording } from '../../src/core/recording.ts'
import { adminApp } from '../../src/daemon/admin-app.ts'
import { Pipeline } from '../../src/daemon/pipeline.ts'
import { readRecording } from '../../src/daemon/recordings/recording-file.ts'
import { recordingText } from '../../src/daemon/recordings/recording-text.ts'
import { recordingOf, Recordings } from '../../src/daemon/recordings/recordings.ts'
import { replay } from '../../src/testing/replay/replay.ts'
import { ManualEnv } from '../support/manual-env.ts'
import { consumer, kernel, Source } from '../support/kernel.ts'
import { collectingLog } from './collecting.ts'
import { pipeline } from './pipelines.ts'

const SECOND = 1000

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-recordings-'))
})

afterEach(() => rmSync(folder, { recursive: true }))

const files = (): string[] => readdirSync(folder).toSorted()

/** A pipeline whose consumer never opens again after a restart. */
function daemon(into = folder) {
  const env = new ManualEnv()
  const log = collectingLog()
  let opened = 0
  const open = () => (opened++ === 0 ? undefined : new Promise<void>(() => {}))
  const spec = pipeline({ isEndless: true, consumer: { open, each: () => undefined } })
  const running = new Pipeline(spec, { env, log, recordings: new Recordings(into, log) })
  const pass = async (seconds: number) => {
    for (let second = 0; second < seconds; second++) {
      await env.advanceAsync(SECOND)
      running.look()
    }
  }
  return { running, log, pass, written: () => log.lines.filter(({ fields }) => 'recording' in fields) }
}

/** Has it stall: there are messages for a node that is not open. */
async function stalled({ running, pass }: ReturnType<typeof daemon>) {
  await running.open()
  running.graph.restart('sink')
  await pass(30)
}

const taken = (second: number, reason: string): Recording => ({
  ...recordingOf(kernel({}).graph, 'dump'),
  pipeline: 'payments',
  at: Date.UTC(2026, 0, 31, 12, 0, second),
  reason,
})

describe('what the flight recorder remembers', () => {
  test('is written once when a node stalls, however long it does, and the log says where and why', async () => {
    const stalling = daemon()
    await stalled(stalling)
    expect(files()).toEqual([expect.stringMatching(/^small-\d{8}T\d{9}Z-stall\.json$/)])
    const [line, ...others] = stalling.written()
    expect(others).toEqual([])
    expect(line).toMatchObject({ level: 'warn', fields: { pipeline: 'small', recording: join(folder, files()[0]!) } })
    expect(line!.message).toContain('stall: sink has 3 messages and credit, and makes no progress')
    expect(replay(readRecording(join(folder, files()[0]!)))).toMatchObject({ isSame: true })
  })

  test('is written when the kernel itself makes a mistake', async () => {
    const { running, pass } = daemon()
    await running.open()
    const { scheduler } = running.graph
    scheduler.onFault(running.graph.node('sink'), new Error('data: DE02 1203'))
    await pass(1)
    expect(files()).toEqual([expect.stringMatching(/-breach\.json$/)])
    const text = readFileSync(join(folder, files()[0]!), 'utf8')
    expect(JSON.parse(text)).toMatchObject({ reason: 'breach: Sluice made a mistake at sink' })
    expect(text).not.toContain('DE02')
  })

  test('stays for the 20 newest times; what somebody asked for, and other files, are left alone', () => {
    const recordings = new Recordings(folder, collectingLog())
    writeFileSync(join(folder, 'notes-stall.json'), '')
    recordings.keep([taken(0, 'dump')])
    for (let second = 1; second <= 25; second++)
      recordings.keep([taken(second, second % 2 === 0 ? 'stall: x' : 'SIGQUIT')])
    const left = files()
    expect(left).toHaveLength(22)
    expect(left.slice(0, 3)).toEqual([
      'notes-stall.json',
      'payments-20260131T120000000Z-dump.json',
      'payments-20260131T120006000Z-stall.json',
    ])
  })

  test('of one occasion all is kept, however many pipelines there are', () => {
    const many = Array.from({ length: 30 }, (_, index) => ({ ...taken(1, 'SIGQUIT'), pipeline: `p-${index}` }))
    new Recordings(folder, collectingLog()).keep(many)
    expect(files()).toHaveLength(30)
  })

  test('a folder that cannot be written to is one warning, and nothing else', async () => {
    writeFileSync(join(folder, 'file'), '')
    const stalling = daemon(join(folder, 'file/in'))
    await stalled(stalling)
    stalling.running.graph.restart('sink')
    await stalling.pass(30)
    const told = stalling.log.lines.filter(({ message }) => message.includes('flight recorder'))
    expect(told).toMatchObject([{ level: 'warn', message: expect.stringContaining("can't be written to") }])
    expect(stalling.running.status.state).toBe('running')
    expect(files()).toEqual(['file'])
  })

  property.prop([fc.stringMatching(/^[A-Z]{12,20}$/)])(
    'has nothing of the data of messages in it (property)',
    (secret) => {
      const source = new Source({ queue: {} })
      const failing = consumer(() => ({
        each: (data: unknown) => {
          throw placeError('BANK_DOWN', `no account ${String(data)}`)
        },
      }))
      const { graph, env } = kernel({
        source: { component: source.component },
        sink: {
          component: failing,
          from: ['source'],
          settings: { retry: { attempts: 3, backoff: { initialMs: 100, maxMs: 1000 } } },
        },
      })
      source.push(secret, secret)
      env.run()
      expect(JSON.stringify(graph.stats())).toContain(secret)
      expect(JSON.stringify(recordingOf(graph, 'dump'))).not.toContain(secret)
    },
  )
})

describe('a recording in words', () => {
  test('names the node that has messages and credit and makes no progress, and what it waits for', async () => {
    const source = new Source({ queue: {} })
    const hanging = consumer(() => ({ each: () => new Promise(() => {}) }))
    const { graph, env } = kernel({
      source: { component: source.component },
      sink: { component: hanging, from: ['source'] },
    })
    source.push(1, 2, 3)
    await env.advanceAsync(12 * SECOND)
    writeFileSync(join(folder, 'taken.json'), JSON.stringify(recordingOf(graph, 'dump')))
    const text = recordingText(readRecording(join(folder, 'taken.json')), 2)
    expect(text).toContain('test, which was running, recorded at 2023-11-14')
    expect(text).toMatch(/^The last 2 of \d+ events/m)
    expect(text).toMatch(/^sink +working +2 +1 /m)
    expect(text).toMatch(
      /sink had 3 messages and credit, and made no progress .*: it waited for its handler: 1 under way, the oldest for 12\.0 s$/,
    )
  })

  test.each([
    ['nothing', undefined, 'SLUICE_RECORDING_UNREADABLE', 'there is no such file'],
    ['text', 'junk', 'SLUICE_RECORDING_INVALID', 'is not JSON'],
    [
      'another version',
      '{"version":7}',
      'SLUICE_RECORDING_INVALID',
      'it is of version 7, and this Sluice reads version 1',
    ],
    ['other JSON', '[]', 'SLUICE_RECORDING_INVALID', 'is no recording'],
  ])('%s is refused with what is wrong', (...[, content, code, said]) => {
    const path = join(folder, 'given.json')
    if (content !== undefined) writeFileSync(path, content)
    expect(() => readRecording(path)).toThrow(expect.objectContaining({ code, message: expect.stringContaining(said) }))
  })
})

describe('the admin server', () => {
  const { running, log } = daemon(tmpdir())
  const record = (name: string) => (name === 'small' ? running.record('dump') : undefined)
  const metrics = () => Promise.resolve({ contentType: 'text/plain', text: '' })
  const watched = { log, statuses: () => [{ ...running.status, group: null }], troubles: () => [], metrics, record }
  const path = '/api/pipelines/small/recording'

  test('gives the recording of a pipeline', async () => {
    const response = await adminApp(watched).request(path)
    expect([response.status, await response.json()]).toEqual([
      200,
      expect.objectContaining({ pipeline: 'small', reason: 'dump' }),
    ])
  })

  test('says of an unknown one which was probably meant', async () => {
    const response = await adminApp(watched).request('/api/pipelines/smal/recording')
    const message = 'no pipeline is called "smal" here; did you mean "small"?'
    expect([response.status, await response.json()]).toEqual([
      404,
      expect.objectContaining({ code: 'SLUICE_ADMIN_NO_PIPELINE', message }),
    ])
  })

  test('gives it to nobody without the token, and takes none', async () => {
    expect((await adminApp(watched, 'a-token-of-enough-characters').request(path)).status).toBe(401)
    expect((await adminApp(watched).request(path, { method: 'PUT' })).status).toBe(405)
  })
})
