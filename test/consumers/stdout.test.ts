import { spawn, type ChildProcess, type ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import type { Readable, Writable } from 'node:stream'
import { afterEach, describe, expect, test, vi } from 'vitest'
import stdout from '../../src/consumers/stdout.ts'
import batch from '../../src/stages/batch.ts'
import { feed, type Feed } from '../support/ends.ts'
import { line, until, type Line } from '../support/pipeline.ts'

const children: ChildProcess[] = []

afterEach(() => {
  vi.restoreAllMocks()
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

/** Makes the way into a command this process's standard output. */
function pipeInto(command: string, ...args: string[]): ChildProcessByStdio<Writable, Readable, null> {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  children.push(child)
  vi.spyOn(process, 'stdout', 'get').mockReturnValue(child.stdin as unknown as typeof process.stdout)
  return child
}

async function start(options: object = {}, between: Parameters<typeof line>[0] = []): Promise<Line & { input: Feed }> {
  const input = feed()
  const made = line([input, ...between, { component: stdout, options }])
  await made.graph.start()
  return { ...made, input }
}

/** All that is written of some values. */
async function written(values: readonly unknown[], options: object = {}, between: Parameters<typeof line>[0] = []) {
  const child = pipeInto('cat')
  const made = await start(options, between)
  made.input.push(values)
  made.input.end()
  await made.graph.finishedReport
  child.stdin.end()
  return { ...made, text: await text(child.stdout) }
}

describe('stdout: what it writes', () => {
  test('ndjson: the data as JSON, a line each, in order', async () => {
    const { text: output, input } = await written([{ a: 'x\ny' }, [1], null, 'ä'])
    expect(output).toBe('{"a":"x\\ny"}\n[1]\nnull\n"ä"\n')
    expect(input.outcomes).toHaveLength(4)
  })

  test('text: a text as it is, anything else as JSON', async () => {
    expect((await written(['a b', 1, { c: 2 }], { format: 'text' })).text).toBe('a b\n1\n{"c":2}\n')
  })

  test('a batch is a line per part', async () => {
    const { text: output } = await written([1, 2, [3]], {}, [{ component: batch, options: { size: 3 } }])
    expect(output).toBe('1\n2\n[3]\n')
  })

  test('data that JSON cannot say fails its message and no other, a part of a batch by itself', async () => {
    const cycle: Record<string, unknown> = {}
    cycle['self'] = cycle
    const { text: output, failures } = await written([1, cycle, undefined, 2])
    expect(output).toBe('1\n2\n')
    expect(failures).toEqual(['stdout: SLUICE_OUTPUT_NOT_JSON', 'stdout: SLUICE_OUTPUT_NOT_JSON'])

    const batched = await written([1, 2n, 3], {}, [{ component: batch, options: { size: 3 } }])
    expect(batched.text).toBe('1\n3\n')
    expect(batched.input.outcomes).toEqual(['1: acked', '"2n": SLUICE_OUTPUT_NOT_JSON', '3: acked'])
  })
})

describe('stdout: a slow reader', () => {
  test('slows the pipeline down: what it has not taken is not acked, and little of it waits in this process', async () => {
    const child = pipeInto('sh', '-c', 'read line; cat >/dev/null')
    // A stopped reader takes nothing beyond what the pipe of the system holds.
    child.kill('SIGSTOP')
    const { input, graph } = await start()
    const value = 'x'.repeat(1000)
    input.push(Array.from({ length: 5000 }, () => value))
    await until(() => child.stdin.writableLength > 0, 'the pipe is full')
    for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve))
    const acked = input.receipts.length
    expect(acked).toBeLessThan(2000)
    expect(child.stdin.writableLength).toBeLessThan(200_000)

    child.kill('SIGCONT')
    input.end()
    expect((await graph.finishedReport).outcome).toBe('finished')
    expect(input.receipts).toHaveLength(5000)
  })
})

describe('stdout: a reader that has gone', () => {
  test('ends the pipeline with an error of the place that names it', async () => {
    const child = pipeInto('head', '-n', '1')
    const seen = text(child.stdout)
    const { input, graph, log } = await start({ format: 'text' })
    input.push(['first'])
    await once(child, 'exit')
    const values = Array.from({ length: 500 }, () => 'x'.repeat(1000))
    input.push(values)
    const report = await graph.finishedReport
    expect(report).toMatchObject({
      outcome: 'failed',
      node: 'stdout',
      error: { code: 'SLUICE_STDOUT_CLOSED', kind: 'place', message: 'whoever read standard output has closed it' },
    })
    expect(log.filter(({ level }) => level === 'error')).toEqual([])
    expect(await seen).toBe('first\n')
    expect(input.receipts).toHaveLength(501)
    expect(input.outcomes[0]).toBe('"first": acked')
    expect(input.outcomes.at(-1)).toMatch(/SLUICE_(STDOUT_CLOSED|PIPELINE_FAILED)$/)
  })

  test('what comes of the stream after the node has stopped ends nothing', async () => {
    const child = pipeInto('cat')
    const { graph, input } = await start()
    input.push([1])
    input.end()
    await graph.finishedReport
    expect(child.stdin.emit('error', new Error('late'))).toBe(true)
  })
})
