import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { DEAD_LETTERS } from '../../src/core/letter.ts'
import type { Graph } from '../../src/core/graph.ts'
import { realEnv } from '../../src/core/env.ts'
import { startAdmin } from '../../src/daemon/admin.ts'
import { adminApp } from '../../src/daemon/admin-app.ts'
import { LetterStore } from '../../src/overflow/letters/letter-store.ts'
import { announceLetterStore } from '../../src/overflow/letters/open-stores.ts'
import { messageError } from '../../src/core/errors.ts'
import type { Letter } from '../../src/core/letter.ts'
import { letter } from '../overflow/letters.ts'
import { consumer, kernel, Source } from '../support/kernel.ts'
import { collectingLog } from './collecting.ts'

const API = '/api/pipelines/payments/dead-letters'

let folder: string
let store: LetterStore
let retract: () => void
let graph: Graph | undefined

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-letters-'))
  store = await LetterStore.open({ folder, limit: 2 ** 20 })
  retract = announceLetterStore({ pipeline: 'payments', node: DEAD_LETTERS, store })
  graph = undefined
})

afterEach(async () => {
  retract()
  await store.close()
  rmSync(folder, { recursive: true })
})

function app(token?: string) {
  const letters = { log: collectingLog(), env: realEnv, graphOf: () => graph }
  const metrics = () => Promise.resolve({ contentType: 'text/plain', text: '' })
  return adminApp({ log: letters.log, statuses: () => [], troubles: () => [], metrics, letters }, token)
}

async function ask(path: string, init?: RequestInit) {
  const response = await app().request(`${API}${path}`, init)
  return { status: response.status, body: (await response.json()) as never }
}

const post = (path: string, body: unknown) => ask(path, { method: 'POST', body: JSON.stringify(body) })

describe('dead letters over the admin server', () => {
  test('a list says which letters there are, a page at a time, by what was asked for', async () => {
    await store.append(['a:1', 'a:2', 'b:3'].map((id, index) => letter(id, { failedAt: 1000 * index })))
    const { status, body } = await ask('?count=2&order=oldest')
    expect(status).toBe(200)
    expect(body).toMatchObject({ letters: [{ id: 'a:1', node: 'ledger' }, { id: 'a:2' }], stored: 3 })
    const { next } = body as { next: string }
    const rest = await ask(`?count=2&order=oldest&after=${encodeURIComponent(next)}`)
    expect(rest.body).toMatchObject({ letters: [{ id: 'b:3' }] })
    const found = await ask(`?text=b&since=1970-01-01T00:00:02Z&before=2001&node=ledger&code=NO_SUCH_ACCOUNT`)
    expect(found.body).toMatchObject({ letters: [{ id: 'b:3' }] })
  })

  test('a letter is shown whole, whatever is in its id and its data', async () => {
    await store.append([letter('http:a/b?c#d%2F+1', { data: { at: new Date(7) } })])
    const { status, body } = await ask(`/${encodeURIComponent('http:a/b?c#d%2F+1')}`)
    expect(status).toBe(200)
    expect(body).toMatchObject({ letter: { id: 'http:a/b?c#d%2F+1', data: { at: { $date: 7 } } } })
  })

  test('an edit gives it other data; the story stays', async () => {
    await store.append([letter('a:1')])
    const body = '{"at":{"$date":7}}'
    expect(await ask('/a%3A1', { method: 'PUT', body })).toEqual({ status: 200, body: { edited: 'a:1' } })
    const stored = await store.show('a:1')
    expect(stored).toMatchObject({ letter: { data: { at: new Date(7) }, attempts: 3 }, editedAt: expect.any(Number) })
  })

  test('a purge removes those that are named, or all that a filter fits', async () => {
    await store.append(['a:1', 'a:2', 'b:3', 'b:4'].map((id) => letter(id)))
    expect((await post('/purge', { ids: ['a:1', 'gone'] })).body).toEqual({ purged: 1 })
    expect((await post('/purge', { filter: { text: 'b:' } })).body).toEqual({ purged: 2 })
    expect(store.count).toBe(1)
    expect((await post('/purge', { filter: {} })).body).toEqual({ purged: 1 })
  })

  test('an export is a line of JSON per letter', async () => {
    await store.append(['a:1', 'a:2', 'b:3'].map((id) => letter(id)))
    const response = await app().request(`${API}/export?text=a`)
    expect(response.headers.get('content-type')).toBe('application/x-ndjson')
    const lines = (await response.text()).trimEnd().split('\n')
    expect(lines.map((line) => (JSON.parse(line) as Letter).id)).toEqual(['a:1', 'a:2'])
  })

  test.each([
    ['/gone', {}, 404, 'SLUICE_LETTER_UNKNOWN'],
    ['?count=0', {}, 400, 'SLUICE_ADMIN_QUERY_INVALID'],
    ['?since=yesterday', {}, 400, 'SLUICE_ADMIN_QUERY_INVALID'],
    ['?nodes=a', {}, 400, 'SLUICE_ADMIN_QUERY_INVALID'],
    ['/purge', { method: 'POST', body: '' }, 400, 'SLUICE_ADMIN_BODY_INVALID'],
    ['/purge', { method: 'POST', body: '{}' }, 400, 'SLUICE_ADMIN_BODY_INVALID'],
    ['/retry', { method: 'POST', body: '{"ids":[1]}' }, 400, 'SLUICE_ADMIN_BODY_INVALID'],
    ['/retry', { method: 'POST', body: '{"filter":{"nodes":"a"}}' }, 400, 'SLUICE_ADMIN_BODY_INVALID'],
    ['/retry', {}, 405, 'SLUICE_ADMIN_METHOD'],
    ['/gone', { method: 'DELETE' }, 405, 'SLUICE_ADMIN_METHOD'],
    ['/gone', { method: 'PUT', body: '1' }, 404, 'SLUICE_LETTER_UNKNOWN'],
    ['/gone', { method: 'PUT', body: '{' }, 400, 'SLUICE_ADMIN_BODY_INVALID'],
    ['/gone', { method: 'PUT', body: '{"$bytes":1}' }, 400, 'SLUICE_ADMIN_BODY_INVALID'],
  ])('%s %j is a %i as JSON, with what to do', async (...[path, init, status, code]) => {
    const answer = await ask(path, init)
    expect(answer).toEqual({ status, body: { code, message: expect.any(String), hint: expect.any(String) } })
  })

  test('over the network it makes no difference whether the length of a body is known, or that none is read', async () => {
    await store.append(['a:1', 'a:2'].map((id) => letter(id)))
    const letters = { log: collectingLog(), env: realEnv, graphOf: () => graph }
    const metrics = () => Promise.resolve({ contentType: 'text/plain', text: '' })
    const watched = { log: letters.log, statuses: () => [], troubles: () => [], metrics, letters }
    const { url, close } = await startAdmin({ port: 0 }, watched)
    onTestFinished(close)
    const send = async (path: string, init: RequestInit & { duplex?: 'half' }) => {
      const response = await fetch(`${url}${API}${path}`, init)
      return [response.status, await response.json()]
    }
    const parts = (...texts: readonly string[]) =>
      ({ method: 'POST', body: ReadableStream.from(texts.map((text) => Buffer.from(text))), duplex: 'half' }) as const
    expect(await send('/purge', parts('{"ids":', '["a:1"]}'))).toEqual([200, { purged: 1 }])
    expect(await send('', { method: 'DELETE' })).toMatchObject([405, { code: 'SLUICE_ADMIN_METHOD' }])
    const large = parts(...Array.from({ length: 17 }, () => ' '.repeat(2 ** 20)))
    expect(await send('/purge', large)).toMatchObject([413, { code: 'SLUICE_ADMIN_BODY_TOO_LARGE' }])
    const known = { method: 'POST', body: ' '.repeat(2 ** 24 + 1) }
    expect(await send('/purge', known)).toMatchObject([413, { code: 'SLUICE_ADMIN_BODY_TOO_LARGE' }])
    expect(store.count).toBe(1)
  })

  test('a pipeline that has no store here is a 404, and without its token all of it a 401', async () => {
    const other = await app().request('/api/pipelines/orders/dead-letters')
    expect([other.status, await other.json()]).toMatchObject([404, { code: 'SLUICE_ADMIN_NO_LETTERS' }])
    for (const path of ['', '/a%3A1', '/export']) {
      expect((await app('a-token-of-enough-characters').request(`${API}${path}`)).status).toBe(401)
    }
  })
})

describe('dead letters that are retried', () => {
  /** A pipeline that stores its letters where the admin server looks for them. */
  async function runs(act: (data: unknown) => unknown): Promise<unknown[]> {
    const done: unknown[] = []
    const each = async (data: unknown): Promise<void> => {
      await act(data)
      done.push(data)
    }
    const made = kernel(
      {
        source: { component: new Source({ give: () => 0 }).component },
        ledger: { component: consumer(() => ({ each })), from: ['source'], settings: { onFailure: 'dead-letter' } },
      },
      {
        env: { ...realEnv, run() {} },
        deadLetters: consumer(() => ({ each: (data: Letter) => store.append([data]) })),
      },
    )
    await made.started
    graph = made.graph
    return done
  }

  test('what goes through is a letter no more; what fails again is one, with its new story', async () => {
    const done = await runs((data) => {
      if (data === 'bad') throw messageError('STILL_BAD', 'still bad')
    })
    await store.append([letter('a:1', { data: 'good' }), letter('a:2@ledger', { messageId: 'a:2', data: 'bad' })])
    const { body } = await post('/retry', { filter: {} })
    expect(body).toMatchObject({
      handled: 1,
      failedAgain: 1,
      left: 0,
      waiting: 0,
      skipped: 0,
      unknown: [],
      problems: [],
    })
    expect(done).toEqual(['good'])
    expect(store.count).toBe(1)
    expect((await store.show('a:2@ledger'))!.letter).toMatchObject({ error: { code: 'STILL_BAD' }, attempts: 1 })
  })

  test('a letter whose node is gone stays, and it is said why; so does one of a pipeline that does not run', async () => {
    await store.append([letter('a:1', { node: 'gone' })])
    const stopped = await post('/retry', { ids: ['a:1'] })
    expect(stopped.body).toMatchObject({ left: 1, problems: [{ message: 'the pipeline does not run' }] })
    await runs(() => undefined)
    const { body } = await post('/retry', { ids: ['a:1', 'b:2'] })
    expect(body).toMatchObject({
      left: 1,
      unknown: ['b:2'],
      problems: [{ node: 'gone', message: expect.stringContaining('has no node of this name any more: export') }],
    })
    expect((await ask('')).body).toMatchObject({ letters: [{ id: 'a:1', isUnderWay: false }] })
  })

  test('a letter of a producer stays, and it is said what can be done with it', async () => {
    await runs(() => undefined)
    await store.append([letter('a:1', { node: 'source' })])
    const { body } = await post('/retry', { ids: ['a:1'] })
    const message = "what failed at a producer can't be put back there: export its letters, and send them again"
    expect(body).toMatchObject({ left: 1, problems: [{ node: 'source', message }] })
  })

  test('one that is under way is not given out twice', async () => {
    let finish: (() => void) | undefined
    let calls = 0
    const begun = new Promise<void>((resolve) => {
      void runs(() => {
        calls++
        resolve()
        return new Promise<void>((end) => (finish = end))
      })
    })
    await store.append([letter('a:1')])
    const first = post('/retry', { ids: ['a:1'] })
    await begun
    expect((await post('/retry', { ids: ['a:1'] })).body).toMatchObject({ handled: 0, skipped: 1, unknown: [] })
    expect((await ask('/a%3A1', { method: 'PUT', body: '1' })).body).toMatchObject({ code: 'SLUICE_LETTER_UNDER_WAY' })
    finish!()
    expect((await first).body).toMatchObject({ handled: 1 })
    expect([calls, store.count]).toEqual([1, 0])
  })
})
