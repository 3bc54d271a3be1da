/**
 * Builds dist/ from src/, one file per module, and beside them the entries of the three folders of components.
 *
 * It starts from an empty folder: components are found by their files, so that one left over from a deleted source would
 * still be one. With `--if-needed` it does nothing while dist/ is newer than everything that goes into it.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

const ROOT = resolve(import.meta.dirname, '..')
const COMPILER = join(ROOT, 'node_modules/.bin/tsc')
const OUTPUT = join(ROOT, 'dist')
/** Written last, by a build that succeeded: when it began, in ms since 1970. */
const STAMP = join(OUTPUT, '.built')
const INPUTS = ['src', 'package.json', 'tsconfig.json', 'tsconfig.build.json']

/** When the newest input changed. Folders count, because they change when a file is deleted. */
function newestInputMs() {
  const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
  const paths = [...INPUTS, ...sources.map((path) => join('src', path))]
  return Math.max(...paths.map((path) => statSync(join(ROOT, path)).mtimeMs))
}

function isFresh() {
  // An installed package has its dist/ and no sources.
  if (!existsSync(join(ROOT, 'src'))) return true
  return existsSync(STAMP) && newestInputMs() < Number(readFileSync(STAMP, 'utf8'))
}

function build() {
  if (!existsSync(COMPILER)) {
    console.error('Cannot build: the compiler is not installed. Run `npm ci` first.')
    return 69
  }
  const startedAt = Date.now()
  rmSync(OUTPUT, { recursive: true, force: true })
  const { status } = spawnSync(COMPILER, ['-p', join(ROOT, 'tsconfig.build.json')], { stdio: 'inherit' })
  if (status !== 0) return status ?? 70
  const faults = ['producers', 'stages', 'consumers'].flatMap(writeEntry)
  for (const fault of faults) console.error(fault)
  if (faults.length > 0) return 65
  writeFileSync(STAMP, String(startedAt))
  return 0
}

/**
 * Writes the entry of a folder of components, `sluice/stages` and the like: the factory of each, named as its file is,
 * `flatMap` of `flat-map.ts`.
 *
 * @param {string} folder
 * @returns {string[]} what keeps it from being complete
 */
function writeEntry(folder) {
  const names = readdirSync(join(OUTPUT, folder)).flatMap((file) => /^([a-z][a-z0-9-]*)\.js$/.exec(file)?.[1] ?? [])
  const factories = names.map((name) => ({ name, factory: name.replace(/-(.)/g, (_, letter) => letter.toUpperCase()) }))
  const text = factories.map(({ name, factory }) => `export { ${factory} } from './${folder}/${name}.js'\n`).join('')
  for (const extension of ['js', 'd.ts']) writeFileSync(join(OUTPUT, `${folder}.${extension}`), text)
  return factories
    .filter(({ name, factory }) => {
      const types = readFileSync(join(OUTPUT, folder, `${name}.d.ts`), 'utf8')
      return !types.includes(`export declare function ${factory}`)
    })
    .map(({ name, factory }) => `src/${folder}/${name}.ts must export its factory, a function \`${factory}\``)
}

if (!process.argv.includes('--if-needed') || !isFresh()) process.exitCode = build()
