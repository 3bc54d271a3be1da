import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach } from 'vitest'
import type { NodeSettings } from '../../src/core/spec.ts'
import type { Report } from '../../src/core/lifecycle.ts'
import { INPUT_FAULTS } from '../../src/kit/input-faults.ts'
import type { Mark } from '../../src/kit/reading/checkpoints.ts'
import file from '../../src/producers/file.ts'
import { collect, type Collection } from './ends.ts'
import { ManualEnv } from './manual-env.ts'
import { line, type Line } from './pipeline.ts'

/** Longer than anything takes on a busy machine. */
const DEADLINE_MS = 15_000
const POLL_MS = 250
/** Calls to the file system that are answered before so much time has passed. */
const CALLS_PER_POLL = 8

const folders: string[] = []
const runs = new Set<ReadingRun>()

afterEach(async () => {
  for (const run of runs) await run.stop()
  // What was still under way when the time to stop was over may make one more file.
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true, maxRetries: 10 })
})

/** A folder of files to read, gone after the test. */
export class Folder {
  readonly path = mkdtempSync(join(tmpdir(), 'sluice-reading-'))

  constructor() {
    folders.push(this.path)
  }

  at(name: string): string {
    return join(this.path, name)
  }

  write(name: string, content: string | Uint8Array): string {
    writeFileSync(this.at(name), content)
    return this.at(name)
  }

  gzip(name: string, content: string): string {
    return this.write(name, gzipSync(content))
  }

  append(name: string, content: string): void {
    appendFileSync(this.at(name), content)
  }

  /** What was written down of how far files were read. */
  get marks(): readonly Mark[] {
    return marksIn(this.at('state/checkpoints.json'))
  }
}

function marksIn(path: string): readonly Mark[] {
  const text = existsSync(path) ? readFileSync(path, 'utf8') : ' {"marks":[]}'
  return (JSON.parse(text.slice(text.indexOf(' ') + 1)) as { marks: Mark[] }).marks
}

export interface RunOptions {
  readonly output?: Collection
  readonly settings?: NodeSettings
}

/** The producer `file` in a pipeline, on a clock that a test owns; its files are real. */
export class ReadingRun {
  readonly env = new ManualEnv()
  readonly line: Line
  readonly output: Collection
  /** The file of its checkpoints. */
  readonly checkpoints: string
  report: Report | undefined

  constructor(folder: Folder, options: object, { output = collect(), settings = {} }: RunOptions = {}) {
    this.output = output
    const given = { path: folder.at('*.ndjson'), checkpoints: folder.at('state'), ...options }
    this.checkpoints = join(given.checkpoints, 'checkpoints.json')
    // Time passes faster than files are read: a stop has as much of it as it needs.
    this.line = line([{ component: file, options: given, settings }, output], this.env, 3_600_000)
    runs.add(this)
  }

  /** Resolves when it is open. */
  static async start(folder: Folder, options: object = {}, rest: RunOptions = {}): Promise<ReadingRun> {
    const run = new ReadingRun(folder, options, rest)
    const state = { hasStarted: false, error: undefined as unknown }
    run.line.graph.start().then(
      () => (state.hasStarted = true),
      (error: unknown) => (state.error = error),
    )
    void run.line.graph.finishedReport.then((report) => (run.report = report))
    await run.until(() => state.hasStarted || run.report !== undefined || state.error !== undefined, 'it is open')
    return run
  }

  get values(): readonly unknown[] {
    return this.output.values
  }

  get ids(): string[] {
    return this.output.messages.map(({ id }) => id)
  }

  get marks(): readonly Mark[] {
    return marksIn(this.checkpoints)
  }

  get faults(): number {
    return this.line.metric('file', INPUT_FAULTS)
  }

  get warnings(): string[] {
    return this.line.log.filter(({ level }) => level === 'warn').map(({ message }) => message)
  }

  /** Lets all happen that can happen without time passing: reads take some turns. */
  async settle(): Promise<void> {
    for (let turns = 0; turns < 60; turns++) {
      await this.env.settle()
      await stat(this.checkpoints).catch(() => undefined)
    }
  }

  /** Lets time pass until something holds. */
  async until(condition: () => boolean, what: string): Promise<void> {
    const deadline = performance.now() + DEADLINE_MS
    while (!condition()) {
      if (performance.now() > deadline)
        throw new Error(
          `waited in vain until ${what}: ${JSON.stringify([this.values.slice(-5), this.line.log], null, 1)}`,
        )
      for (let turns = 0; turns < 8 && !condition(); turns++) await this.env.settle()
      if (condition()) return
      await new Promise((resolve) => setTimeout(resolve, 1))
      // Time must not run away from a disk that others keep busy.
      for (let calls = 0; calls < CALLS_PER_POLL; calls++) await stat(this.checkpoints).catch(() => undefined)
      await this.env.advanceAsync(POLL_MS)
    }
  }

  async gives(count: number): Promise<readonly unknown[]> {
    await this.until(() => this.values.length >= count, `${count} messages have come`)
    return this.values
  }

  /** Resolves at its end. */
  async end(): Promise<Report> {
    await this.until(() => this.report !== undefined, 'it has ended')
    return this.report!
  }

  async stop(): Promise<Report> {
    runs.delete(this)
    if (this.report === undefined) void this.line.graph.stop()
    return await this.end()
  }
}

/** Values as lines of JSON. */
export function ndjson(...values: unknown[]): string {
  return values.map((value) => `${JSON.stringify(value)}\n`).join('')
}

let copies = 0

/** Its checkpoints as they are on disk now, in another folder: as if its process had been killed. What it does then is nobody's. */
export function killed(run: ReadingRun, folder: Folder): string {
  const copy = folder.at(`state-${copies++}`)
  mkdirSync(copy)
  if (existsSync(run.checkpoints)) copyFileSync(run.checkpoints, `${copy}/checkpoints.json`)
  return copy
}
