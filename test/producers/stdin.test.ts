import { spawn, type ChildProcess } from 'node:child_process'
import { getEventListeners } from 'node:events'
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { createReadStream } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, type Readable, type Writable } from 'node:stream'
import fc from 'fast-check'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { ProducerContext, ProducerHandlers } from '../../src/core/component.ts'
import { realEnv } from '../../src/core/env.ts'
import stdin from '../../src/producers/stdin.ts'
import { INPUT_FAULTS } from '../../src/kit/input-faults.ts'
import { collect, type Collection } from '../support/ends.ts'
import { line, until, type Line } from '../support/pipeline.ts'

const children: ChildProcess[] = []

afterEach(() => {
  vi.restoreAllMocks()
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

/** Makes a stream this process's standard input. */
function become(stream: Readable): void {
  vi.spyOn(process, 'stdin', 'get').mockReturnValue(stream as typeof process.stdin)
}

/** The way into a pipe that has become standard input. */
function pipe(): Writable {
  const child = spawn('cat', { stdio: ['pipe', 'pipe', 'inherit'] })
  children.push(child)
  // It is killed with what nobody has read.
  child.stdin.on('error', () => {})
  become(child.stdout)
  return child.stdin
}

async function start(options: object = {}, output: Collection = collect()): Promise<Line & { output: Collection }> {
  const made = line([{ component: stdin, options }, output], realEnv, 100)
  await made.graph.start()
  return { ...made, output }
}

/** All that comes of an input. */
async function read(input: string | Buffer, options: object = {}) {
  const entry = pipe()
  const made = await start(options)
  entry.end(input)
  const report = await made.graph.finishedReport
  return { ...made, report, values: made.output.values, faults: made.metric('stdin', INPUT_FAULTS) }
}

/** The component without a pipeline around it. */
function alone() {
  const context = { faults: 0 }
  const component = stdin.create(stdin.options.parse({}), {
    node: 'stdin',
    random: () => 0,
    log: { debug() {}, info() {}, warn() {}, error() {} },
    metrics: { add: () => void context.faults++ },
    message: (data: unknown) => ({ data }),
  } as unknown as ProducerContext) as ProducerHandlers
  return { component, context }
}

function warnings({ log }: Line): string[] {
  return log.filter(({ level }) => level === 'warn').map(({ message }) => message)
}

describe('stdin: what it reads', () => {
  test('ndjson: a message per line, empty ones left out, the last one without its end', async () => {
    const { values, report, faults } = await read('{"a":1}\r\n\n  \n[2]\n3')
    expect(values).toEqual([{ a: 1 }, [2], 3])
    expect(report.outcome).toBe('finished')
    expect(faults).toBe(0)
  })

  test('lines: each line as it is, empty ones included', async () => {
    expect((await read('a\n\n{"b":\n', { format: 'lines' })).values).toEqual(['a', '', '{"b":'])
  })

  test('a message is called by its line, and never as one of another start', async () => {
    const starts = await Promise.all([read('1\n\n2\n'), read('1\n\n2\n')])
    const ids = starts.flatMap(({ output }) => output.messages.map(({ id }) => id))
    for (const [at, id] of ids.entries()) expect(id).toMatch(at % 2 === 0 ? /^stdin:\w+-1$/ : /^stdin:\w+-3$/)
    expect(new Set(ids).size).toBe(4)
  })

  test('an input that is empty ends the pipeline well', async () => {
    const { values, report } = await read('')
    expect(values).toEqual([])
    expect(report.outcome).toBe('finished')
  })

  test('a file can stand there instead of a pipe', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-'))
    const path = join(folder, 'input')
    await writeFile(path, '1\n2\n3')
    become(createReadStream(path))
    const { graph, output } = await start()
    await graph.finishedReport
    expect(output.values).toEqual([1, 2, 3])
    await rm(folder, { recursive: true })
  })

  test('a folder cannot: the pipeline fails and says so', async () => {
    const folder = await open(tmpdir())
    become(folder.createReadStream())
    const { graph } = await start()
    expect(await graph.finishedReport).toMatchObject({
      outcome: 'failed',
      error: { code: 'SLUICE_STDIN_FAILED', message: 'standard input cannot be read (EISDIR)' },
    })
  })

  test('however the bytes are cut, the same messages come (property)', async () => {
    const text = fc.array(fc.oneof(fc.string(), fc.integer(), fc.constant({ ä: '🎈' })), { minLength: 1, maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(text, fc.array(fc.nat(40), { maxLength: 6 }), async (expected, cuts) => {
        const bytes = Buffer.from(expected.map((value) => `${JSON.stringify(value)}\n`).join(''))
        const entry = pipe()
        const { graph, output } = await start()
        let from = 0
        for (const cut of cuts) {
          entry.write(bytes.subarray(from, (from += cut)))
          await new Promise((resolve) => setImmediate(resolve))
        }
        entry.end(bytes.subarray(from))
        await graph.finishedReport
        expect(output.values).toEqual(expected)
        vi.restoreAllMocks()
      }),
      { numRuns: 15 },
    )
  })
})

describe('stdin: broken input takes nothing else down', () => {
  test('a broken line is reported with its number, counted and left out', async () => {
    const { values, report, faults, ...made } = await read('{"a":1}\n{"a":\n{"a":2}\n')
    expect(values).toEqual([{ a: 1 }, { a: 2 }])
    expect(report.outcome).toBe('finished')
    expect(faults).toBe(1)
    expect(warnings(made)).toEqual([
      expect.stringMatching(/^skipped: line 2: the input is not JSON: .*, at column 6$/),
      '1 line of the input was skipped',
    ])
    expect(made.log[0]!.fields).toMatchObject({ node: 'stdin', line: 2, code: 'SLUICE_INPUT_NOT_JSON' })
  })

  test.each([
    [10, 0],
    [11, 1],
    [30, 1],
  ])('of %i broken lines ten are told one by one; that more are counted only is said %i times', async (count, said) => {
    const made = await read('{\n'.repeat(count))
    const told = warnings(made)
    expect(told.filter((text) => text.startsWith('skipped: '))).toHaveLength(10)
    expect(told.filter((text) => text === 'more lines are skipped, and counted only')).toHaveLength(said)
    expect(told.at(-1)).toBe(`${count} lines of the input were skipped`)
  })

  test('so is a line that is too long, also the last one', async () => {
    const long = `"${'x'.repeat(100)}"`
    const { values, faults, ...made } = await read(`1\n${long}\n2\n${long}`, { maxLine: '64B' })
    expect(values).toEqual([1, 2])
    expect(faults).toBe(2)
    expect(warnings(made)[0]).toBe('skipped: line 2 has 102 bytes, more than the 64 that are allowed')
  })

  test('so is a line that is not UTF-8, or nested too deep', async () => {
    const deep = '['.repeat(10_000) + ']'.repeat(10_000)
    const { values, faults } = await read(Buffer.concat([Buffer.from([0xff, 0x0a]), Buffer.from(`${deep}\n7\n`)]))
    expect(values).toEqual([7])
    expect(faults).toBe(2)
  })

  test('`__proto__` in the input is a key like any other', async () => {
    const { values } = await read('{"__proto__":{"isAdmin":true}}\n')
    expect(Object.keys(values[0] as object)).toEqual(['__proto__'])
    expect((values[0] as { isAdmin?: boolean }).isAdmin).toBeUndefined()
  })

  test('a flood of broken lines is counted, floods neither the log nor the process, and what follows it comes', async () => {
    const count = 1_000_000
    let turns = 0
    let timer = setImmediate(function turn() {
      turns++
      timer = setImmediate(turn)
    })
    const { values, faults, ...made } = await read(`${'{\n'.repeat(count)}1\n`)
    clearImmediate(timer)
    expect(values).toEqual([1])
    expect(faults).toBe(count)
    expect(made.log.length).toBeLessThan(20)
    expect(warnings(made).at(-1)).toBe('1000000 lines of the input were skipped')
    // Others have their turn at least once in 500 lines.
    expect(turns).toBeGreaterThanOrEqual(count / 500)
  })

  test('lines that come one by one, all of them broken or empty, leave no listener behind', async () => {
    const stream = new PassThrough()
    become(stream)
    const { component, context } = alone()
    const { signal } = new AbortController()
    await component.open?.()
    const answer = component.handleDemand!(1, { signal, attempt: 1 })
    for (let count = 0; count < 50; count++) {
      stream.write(count % 2 === 0 ? '{\n' : '\n')
      await new Promise((resolve) => setImmediate(resolve))
      expect(getEventListeners(signal, 'abort')).toHaveLength(1)
    }
    stream.write('7\n')
    expect(await answer).toEqual([{ data: 7 }])
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
    expect(context.faults).toBe(25)
    await component.stop?.()
  })
})

describe('stdin: demand', () => {
  test('reads no more than one buffer beyond what is asked for', async () => {
    const entry = pipe()
    const output = collect(() => new Promise<void>(() => {}))
    const { graph } = await start({ format: 'lines' }, { ...output, settings: { demand: { max: 10 } } })
    entry.write('x'.repeat(99).concat('\n').repeat(50_000))
    const { readableHighWaterMark } = process.stdin
    await until(() => process.stdin.readableLength >= readableHighWaterMark, 'the buffer is full')
    for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve))
    expect(graph.node('stdin').counters.out).toBe(10)
    // The last read may bring 64 KiB more than the mark.
    expect(process.stdin.readableLength).toBeLessThanOrEqual(readableHighWaterMark + 65_536)
    // Of five million bytes the system's own pipes hold some; the rest waits at the writer.
    expect(entry.writableLength).toBe(5_000_000)
    expect((await graph.stop()).outcome).toBe('deadline')
  })

  test('stops while it waits for input, and leaves the stream paused', async () => {
    const entry = pipe()
    const { graph, output } = await start()
    entry.write('1\n')
    await until(() => output.values.length === 1, 'the line has come')
    expect((await graph.stop()).outcome).toBe('stopped')
    expect(process.stdin.listenerCount('readable')).toBe(0)
    expect(process.stdin.isPaused()).toBe(true)
  })
})
