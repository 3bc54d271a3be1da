import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'

/** The repository's own folder. */
export const ROOT = resolve(import.meta.dirname, '../..')

/** What a tool said. */
export interface Answer {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs a JavaScript file of an installed package in `cwd`, with the same Node.js as this. */
export function run(script: string, args: readonly string[], cwd: string): Answer {
  const { FORCE_COLOR: _, ...env } = process.env
  return spawnSync(process.execPath, [join(ROOT, 'node_modules', script), ...args], {
    cwd,
    env: { ...env, NO_COLOR: '1' },
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
}

/**
 * Makes a project in a new temporary folder: this repository's `configs` and packages, and the `files` given as text by
 * path. Returns what `use` makes of the folder, which is gone afterwards.
 */
export function inPlantedProject<T>(
  configs: readonly string[],
  files: Readonly<Record<string, string>>,
  use: (folder: string) => T,
): T {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-planted-'))
  try {
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
    for (const config of ['package.json', 'tsconfig.json', ...configs])
      copyFileSync(join(ROOT, config), join(folder, config))
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), text)
    }
    return use(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
