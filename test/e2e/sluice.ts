import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach } from 'vitest'
import { SluiceProcess, within, type Ended, type SpawnOptions } from './process.ts'

export { CLI, logLines, ROOT, until, within, type Ended, type LogLine } from './process.ts'

const running = new Set<Sluice>()
const folders: string[] = []

afterEach(async () => {
  await Promise.all([...running].map((process) => process.kill()))
  for (const path of folders.splice(0)) rmSync(path, { recursive: true, force: true })
})

/** The command line as a process. Killed after the test if it still runs. */
export class Sluice extends SluiceProcess {
  constructor(args: readonly string[], options: SpawnOptions = {}) {
    super(args, options)
    running.add(this)
    void this.ended.finally(() => running.delete(this))
  }
}

/** Runs a command to its end. */
export async function sluice(
  args: readonly string[],
  options: SpawnOptions & { readonly input?: string } = {},
): Promise<Ended> {
  const process = new Sluice(args, options)
  process.process.stdin.end(options.input ?? '')
  return await within(process.ended, () => `the end of sluice ${args.join(' ')}:\n${process.stderr}`)
}

/** A folder that is gone after the test. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'sluice-e2e-'))
  folders.push(path)
  return path
}

/** A file in a folder that is gone after the test. @returns its path. */
export function file(content: string, name = 'pipeline.yaml'): string {
  const path = join(folder(), name)
  writeFileSync(path, content)
  return path
}
