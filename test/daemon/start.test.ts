import { expect, test } from 'vitest'
import { start } from '../../src/daemon/start.ts'
import { collectingLog } from './collecting.ts'
import { pipeline } from './pipelines.ts'

const ADMIN = { port: 0 }

function systemError(code: string): Error {
  return Object.assign(new Error(`it said ${code}`), { code })
}

test('a pipeline that ends by itself finishes, and every message has arrived', async () => {
  const seen: unknown[] = []
  const running = await start(pipeline({ data: [1, 2, 3], consumer: { each: (data) => void seen.push(data) } }))
  expect(await running.finished).toMatchObject([
    { pipeline: 'small', outcome: 'finished', hasOpened: true, unanswered: 0 },
  ])
  expect(seen).toEqual([1, 2, 3])
})

test('A7: stop drains what has been admitted', async () => {
  const release = deferred()
  const seen: unknown[] = []
  const consumer = {
    async each(data: unknown) {
      await release.promise
      seen.push(data)
    },
  }
  const running = await start(pipeline({ isEndless: true, consumer: consumer as never }))
  const stopped = running.stop()
  release.resolve(undefined)
  expect(await stopped).toMatchObject([{ outcome: 'stopped', left: [] }])
  expect(seen).toEqual([1, 2, 3])
})

test('A7: when the deadline passes, the end says so and names the node that had messages', async () => {
  const log = collectingLog()
  const running = await start(
    pipeline({ isEndless: true, stopTimeoutMs: 20, consumer: { each: () => new Promise(() => {}) } }),
    { log },
  )
  expect(await running.stop()).toMatchObject([{ outcome: 'deadline', left: [{ node: 'sink', messages: 3 }] }])
  const errors = log.lines.filter(({ level }) => level === 'error').map(({ message }) => message)
  expect(errors).toEqual([
    'the drain took longer than 0.02 s; 0 messages were delivered meanwhile, 3 failed, what had no outcome was failed back to where it came from: sink 3',
  ])
})

test('A7: when the deadline passes and nothing is left, the node is named that did not come to its end', async () => {
  const log = collectingLog()
  const producer = { handleDemand: () => new Promise<never>(() => {}) }
  const running = await start(pipeline({ producer, stopTimeoutMs: 20 }), { log })
  expect(await running.stop()).toMatchObject([{ outcome: 'deadline', left: [], drain: { waitedFor: 'numbers' } }])
  const errors = log.lines.filter(({ level }) => level === 'error').map(({ message }) => message)
  expect(errors).toEqual([expect.stringMatching(/nothing is left; numbers did not come to its end$/)])
})

test('a node that cannot be opened rejects the start with its error, after one line that names it', async () => {
  const log = collectingLog()
  const error = systemError('EACCES')
  const refused = start(pipeline({ consumer: { open: () => Promise.reject(error), each: () => undefined } }), {
    log,
    admin: ADMIN,
  })
  await expect(refused).rejects.toBe(error)
  const lines = log.lines.filter(({ level }) => level === 'error')
  expect(lines).toHaveLength(1)
  expect(lines[0]).toMatchObject({
    level: 'error',
    message: "sink can't be opened: it said EACCES",
    fields: { pipeline: 'small', node: 'sink', code: 'EACCES' },
  })
})

test('a pipeline that cannot be opened takes no other one down', async () => {
  const broken = pipeline({
    name: 'broken',
    consumer: { open: () => Promise.reject(systemError('ENOENT')), each: () => undefined },
  })
  const good = pipeline({ name: 'good', isEndless: true })
  const running = await start([broken, good], { admin: ADMIN })
  expect(running.statuses.map(({ name, state }) => [name, state])).toEqual([
    ['broken', 'failed'],
    ['good', 'running'],
  ])
  expect((await fetch(`${running.adminUrl}/ready`)).status).toBe(503)
  expect((await fetch(`${running.adminUrl}/health`)).status).toBe(200)
  expect((await running.stop()).map(({ outcome, hasOpened }) => [outcome, hasOpened])).toEqual([
    ['failed', false],
    ['stopped', true],
  ])
})

test('/ready is 503 while nodes open and while they drain, 200 between; the server ends with the pipelines', async () => {
  const opened = deferred()
  const release = deferred()
  const log = collectingLog()
  const starting = start(
    pipeline({
      isEndless: true,
      consumer: { open: () => opened.promise as Promise<void>, each: () => release.promise },
    }),
    { log, admin: ADMIN },
  )
  await until(() => log.lines.length > 0)
  const adminUrl = log.lines[0]?.fields['url'] as string
  const ready = async () => {
    const response = await fetch(`${adminUrl}/ready`)
    const { pipelines } = (await response.json()) as { pipelines: { state: string }[] }
    return [response.status, pipelines[0]?.state]
  }
  expect(await ready()).toEqual([503, 'starting'])
  opened.resolve(undefined)
  const running = await starting
  expect(await ready()).toEqual([200, 'running'])
  const stopped = running.stop()
  expect(await ready()).toEqual([503, 'draining'])
  release.resolve(undefined)
  await stopped
  await expect(fetch(`${adminUrl}/ready`)).rejects.toThrow('fetch failed')
})

test('/health shows what is unacked, and for how long', async () => {
  const release = deferred()
  const running = await start(pipeline({ isEndless: true, consumer: { each: () => release.promise } }), {
    admin: ADMIN,
  })
  await until(() => running.statuses[0]!.unacked === 3)
  const { pipelines } = (await (await fetch(`${running.adminUrl}/health`)).json()) as {
    pipelines: Record<string, unknown>[]
  }
  expect(pipelines[0]).toMatchObject({ name: 'small', state: 'running', unacked: 3 })
  expect(pipelines[0]?.['oldestUnackedMs']).toBeGreaterThanOrEqual(0)
  release.resolve(undefined)
  await running.stop()
  expect(running.statuses[0]).toMatchObject({ unacked: 0, oldestUnackedMs: null })
})

test('an admin port in use rejects the start, and opens nothing', async () => {
  const first = await start(pipeline({ isEndless: true }), { admin: ADMIN })
  const port = Number(new URL(first.adminUrl!).port)
  const log = collectingLog()
  let hasOpened = false
  const second = pipeline({ consumer: { open: () => void (hasOpened = true), each: () => undefined } })
  await expect(start(second, { log, admin: { port } })).rejects.toMatchObject({ code: 'SLUICE_ADMIN_LISTEN_FAILED' })
  expect(hasOpened).toBe(false)
  expect(log.lines).toHaveLength(1)
  expect(log.lines[0]?.fields['hint']).toContain('--admin-port')
  await first.stop()
})

test('an abort while nodes open ends the start: nothing runs, nothing is left open', async () => {
  const abort = new AbortController()
  let isOpening = false
  const consumer = { open: () => new Promise<void>(() => (isOpening = true)), each: () => undefined }
  const starting = start(pipeline({ stopTimeoutMs: 100, consumer }), { signal: abort.signal })
  await until(() => isOpening)
  abort.abort()
  expect(await (await starting).finished).toMatchObject([{ outcome: 'stopped', hasOpened: false }])
})

test('an abort before the start opens nothing', async () => {
  let hasOpened = false
  const consumer = { open: () => void (hasOpened = true), each: () => undefined }
  const running = await start(pipeline({ consumer }), { signal: AbortSignal.abort() })
  expect(await running.finished).toMatchObject([{ outcome: 'stopped' }])
  expect(hasOpened).toBe(false)
})

test('A4: failures of a producer that has nobody to tell are counted for the exit code; of others they are not', async () => {
  const consumer = {
    each() {
      throw new Error('bad data')
    },
  }
  const reports = async (outcomes: boolean) => await (await start(pipeline({ consumer, outcomes }))).finished
  expect(await reports(false)).toMatchObject([{ outcome: 'finished', unanswered: 3 }])
  expect(await reports(true)).toMatchObject([{ outcome: 'finished', unanswered: 0 }])
})

test('A3: `onFailure: stop` fails the pipeline at the first failure, and the log names the node', async () => {
  const log = collectingLog()
  const consumer = {
    each() {
      throw new Error('bad data')
    },
  }
  const running = await start(pipeline({ consumer, isEndless: true, settings: { onFailure: 'stop' } }), { log })
  expect(await running.finished).toMatchObject([{ outcome: 'failed', hasOpened: true, node: 'sink' }])
  expect(log.lines.map(({ message }) => message)).toContain('sink failed, and the pipeline with it: bad data')
})

test('a component that throws outside of its handlers fails its pipeline, and the log shows where', async () => {
  const log = collectingLog()
  const producer = {
    handleDemand() {
      throw new TypeError('a mistake in the component')
    },
  }
  const running = await start(pipeline({ producer }), { log })
  expect(await running.finished).toMatchObject([{ outcome: 'failed', hasOpened: true, node: 'numbers' }])
  const [line] = log.lines.filter(({ level }) => level === 'error')
  expect(line?.message).toBe('numbers failed, and the pipeline with it: a mistake in the component')
  expect(line?.fields['stack']).toContain('handleDemand')
})

test('failures of messages are logged once per kind, not once per message', async () => {
  const log = collectingLog()
  const consumer = {
    each() {
      throw new Error('bad data')
    },
  }
  await (
    await start(pipeline({ data: Array.from({ length: 5000 }, (_, i) => i), consumer }), { log })
  ).finished
  const warnings = log.lines.filter(({ level }) => level === 'warn')
  expect(warnings.map(({ message }) => message)).toEqual([
    'a message failed at sink: bad data',
    '4999 more messages failed at sink; the last one: bad data',
  ])
})

test('two pipelines of one name are refused', async () => {
  await expect(start([pipeline(), pipeline()])).rejects.toMatchObject({ code: 'SLUICE_GRAPH_INVALID' })
})

function deferred() {
  let resolve!: (value: unknown) => void
  const promise = new Promise((settle) => (resolve = settle))
  return { promise, resolve }
}

async function until(isMet: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000
  while (!isMet()) {
    if (Date.now() > deadline) throw new Error('the condition was not met in time')
    await new Promise((resolve) => setImmediate(resolve))
  }
}
