import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect } from 'vitest'
import file, { createFile } from '../../src/consumers/file.ts'
import { defineConsumer } from '../../src/core/component.ts'
import { harness, type ConsumerRun, type HarnessOptions } from '../../src/testing/index.ts'
import { FaultyFiles } from './faulty-files.ts'

/** When the clock of a test begins. */
export const BEGIN = '20231114T221320Z'

/** A folder for each test, and a consumer `file` that writes in it, on a clock in the test's hand. */
export class FileRuns {
  folder = ''
  files = new FaultyFiles()
  readonly #runs: ConsumerRun[] = []

  constructor() {
    beforeEach(async () => {
      this.folder = await mkdtemp(join(tmpdir(), 'sluice-'))
      this.files = new FaultyFiles()
    })
    afterEach(async () => {
      await Promise.all(this.#runs.splice(0).map((run) => run.stop().catch(() => undefined)))
      await rm(this.folder, { recursive: true })
    })
  }

  /** Where a file of the test is. */
  at(...names: string[]): string {
    return join(this.folder, ...names)
  }

  /** A place that fails is waited for, as in a pipeline: let time pass. */
  run(options: object, given: HarnessOptions = {}): ConsumerRun {
    const component = defineConsumer({
      ...file,
      create: (parsed, context) => createFile(parsed, context, this.files),
    })
    const made = harness(component, { ...given, options })
    this.#runs.push(made)
    return made
  }

  /** Ends a run: everything that was pushed must have been acked. */
  async finish(run: ConsumerRun): Promise<void> {
    await this.acked(run)
    await run.end()
    await run.until(() => run.report !== undefined, 'it has ended')
    expect(run.report?.outcome).toBe('finished')
  }

  /** Lets time pass until all is acked. */
  async acked(run: ConsumerRun): Promise<void> {
    await this.over(run)
    expect(run.outcomes.filter(({ outcome }) => outcome !== 'acked')).toEqual([])
  }

  /** Lets time pass until everything has an outcome. */
  async over(run: ConsumerRun): Promise<void> {
    const deadline = performance.now() + 10_000
    while (run.pending.length > 0 && performance.now() < deadline) {
      await run.advance(1_000)
      // What a timer has begun is no call, which the clock would wait for.
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    expect(run.pending).toEqual([])
  }

  /** All files with what is in them, uncompressed, by their paths below the folder. */
  async content(): Promise<Record<string, string>> {
    const entries = await readdir(this.folder, { recursive: true, withFileTypes: true })
    const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
    const texts = paths.toSorted().map(async (path) => {
      const bytes = await readFile(path)
      const text = path.endsWith('.gz') ? gunzipSync(bytes) : bytes
      return [relative(this.folder, path), text.toString()] as const
    })
    return Object.fromEntries(await Promise.all(texts))
  }
}

/** A line of so many bytes, its end included. */
export function lineOf(character: string, bytes: number): string {
  return `"${character.repeat(bytes - 3)}"\n`
}

/** The data of such a line. */
export function dataOf(character: string, bytes: number): string {
  return character.repeat(bytes - 3)
}
