import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { RecordedEvent } from '../../src/core/recorder.ts'
import type { Recording } from '../../src/core/recording.ts'
import { readRecording } from '../../src/daemon/recordings/recording-file.ts'
import { HOOKS } from '../../src/daemon/watchdog.ts'
import { recordingText } from '../../src/daemon/recordings/recording-text.ts'
import { consumer, kernel, Source } from '../support/kernel.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-reading-'))
})

afterEach(() => rmSync(folder, { recursive: true }))

const event = (what: RecordedEvent['event'], count: number, more = 0): RecordedEvent => ({
  agoMs: 0,
  subject: 0,
  event: what,
  count,
  more,
})

/** A pipeline whose handler gives a promise, which nobody knows before it is called. */
async function recorded(): Promise<Recording> {
  const source = new Source({ queue: {} })
  const { graph, env } = kernel({
    source: { component: source.component },
    sink: { component: consumer(() => ({ each: () => Promise.resolve() })), from: ['source'] },
  })
  source.push(1, 2, 3)
  await env.advanceAsync(1)
  return graph.record('dump')
}

function told(recording: Recording, events: number): string {
  const path = join(folder, 'taken.json')
  writeFileSync(path, JSON.stringify(recording))
  return recordingText(readRecording(path), events)
}

/** What is said about a file with this in it. */
function saidOf(content: string | Buffer): string {
  const path = join(folder, 'given.json')
  writeFileSync(path, content)
  let message = ''
  expect(() => {
    try {
      readRecording(path)
    } catch (error) {
      message = (error as Error).message
      throw error
    }
  }).toThrow(expect.objectContaining({ code: 'SLUICE_RECORDING_INVALID' }))
  expect(message).toContain(path)
  return message.replace(`"${path}" `, '')
}

describe('a file that is no recording is refused in our words', () => {
  test.each([
    ['JSON of something else', '{"name":"sluice","version":"0.1.0"}', /^is no recording: it is JSON, but not what/],
    ['an empty file', '', /^is empty/],
    ['a file of spaces', ' \n', /^is empty/],
    ['a compressed file', gzipSync('{"version":1}'), /^is compressed: unpack it first, with gunzip$/],
    ['bytes that are no text', Buffer.from([0x89, 0x50, 0xff, 0x00]), /^is no text, and so no recording$/],
    ['text', 'junk', /^is not JSON, at line 1, column 1: expected a value, got "j…"$/],
  ])('%s', (_, content, said) => {
    expect(saidOf(content)).toMatch(said)
  })

  test('one that was cut off, wherever', async () => {
    const text = JSON.stringify(await recorded())
    for (let length = 1; length < text.length; length += 7)
      expect(saidOf(text.slice(0, length)), `after ${length}`).toBe('ends in the middle: it has been cut off')
  })

  test('one in which something was changed, with what it is', async () => {
    const { edges, ...others } = await recorded()
    const [edge] = edges
    expect(saidOf(JSON.stringify({ ...others, edges: [{ ...edge, window: { max: '1', min: 0 } }] }))).toBe(
      'is no recording: `edges[0].window.max` is wrong: expected a number',
    )
    expect(saidOf(JSON.stringify({ ...others, edges, at: 1e18 }))).toMatch(/^is no recording: `at` must be at most/)
    expect(saidOf(JSON.stringify(others))).toBe('is no recording: `edges` is wrong: expected a list')
  })

  test('one with a hook that nobody knows', async () => {
    const { nodes, ...others } = await recorded()
    const text = JSON.stringify({ ...others, nodes: [{ ...nodes[0], hook: 'toString' }] })
    expect(saidOf(text)).toBe('is no recording: `nodes[0].hook` names a hook that this Sluice does not know')
  })

  test('a folder', () => {
    expect(() => readRecording(folder)).toThrow(`"${folder}" can't be read: it is a folder`)
  })
})

test.each(Object.keys(HOOKS))('a recording of a node that waits for its `%s` is one', async (hook) => {
  const { nodes, ...others } = await recorded()
  const waiting = nodes.map((node) => ({ ...node, hook: hook as keyof typeof HOOKS }))
  expect(told({ ...others, nodes: waiting }, 1)).toContain('test, which was running')
})

describe('events in words', () => {
  test('those of a start in which nothing went wrong sound like nothing else', async () => {
    const recording = await recorded()
    const text = told(recording, 40)
    expect(recording.events.map((each) => each.event)).toContain('put-back')
    expect(text).toContain('because of `sluice dump`')
    expect(text).toContain('messages are left for a later call')
    expect(text).not.toMatch(/put back|put-back|\b0 messages/)
  })

  test('what changed nothing is left out; the others keep their numbers, and as many as asked are told', async () => {
    const recording = {
      ...(await recorded()),
      events: [event('ask', 9), event('settle', 0), event('put-back', 0), event('settle', 1), event('settle', 0)],
    }
    const lines = told(recording, 2).split('\n').slice(3, 6)
    expect(lines).toEqual([
      'The last 2 of 5 events that are remembered, which go back 0.0 s',
      expect.stringMatching(/^ {2}1 .* is asked for 9 messages$/),
      expect.stringMatching(/^ {2}4 .* 1 message is handled$/),
    ])
  })

  test('one and many, and what is beyond the credit', async () => {
    const recording = {
      ...(await recorded()),
      reason: 'stall: sink has messages',
      events: [event('settle', 2, 1), event('put-back', 1, 1), event('outcome', 1), event('circuit', 0, 1)],
    }
    const lines = told(recording, 4).split('\n')
    expect(lines[1]).toBe('because of a stall: sink has messages')
    expect(lines.slice(4, 8)).toEqual([
      expect.stringMatching(/2 messages are handled, 1 of them as surplus$/),
      expect.stringMatching(/1 message is left for a later call, 1 of them as surplus$/),
      expect.stringMatching(/is told the outcome of 1 message$/),
      expect.stringMatching(/its circuit closes, after 1 failure$/),
    ])
  })
})
