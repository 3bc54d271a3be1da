/**
 * Packs the package as `npm publish` would, and checks the tarball: publint (files, exports, bin), are-the-types-wrong
 * (what a TypeScript user gets), and an installation of it: the command and every entry must load with `dependencies`
 * alone.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const ROOT = resolve(import.meta.dirname, '..')
const TOOLS = join(ROOT, 'node_modules/.bin')

/** A check that failed; what it found has been printed by its tool. */
class PackagingError extends Error {}

/**
 * @param {string} program
 * @param {string[]} args
 * @param {string} cwd
 */
function run(program, args, cwd = ROOT) {
  console.log(`> ${[program.replace(`${TOOLS}/`, ''), ...args].join(' ')}`)
  const { status } = spawnSync(program, args, { cwd, stdio: 'inherit' })
  if (status !== 0) throw new PackagingError(`\`${program}\` ended with ${status}.`)
}

/** @param {string} folder */
function pack(folder) {
  run('npm', ['pack', '--silent', '--pack-destination', folder])
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz'))
  if (tarball === undefined) throw new PackagingError('`npm pack` made no tarball.')
  return join(folder, tarball)
}

/**
 * Unpacks the tarball where a user would have it. The packages around it are links to ours, but only those that
 * `dependencies` name and what these bring: nothing is downloaded.
 *
 * @param {string} tarball
 * @param {string} folder
 */
function installAt(tarball, folder) {
  const modules = join(folder, 'node_modules')
  mkdirSync(modules)
  run('tar', ['-xzf', tarball, '-C', modules])
  run('mv', [join(modules, 'package'), join(modules, 'sluice')])
  for (const name of withTheirs(Object.keys(manifest(ROOT).dependencies))) {
    const link = join(modules, name)
    if (name.includes('/')) mkdirSync(resolve(link, '..'), { recursive: true })
    symlinkSync(join(ROOT, 'node_modules', name), link)
  }
  return join(modules, 'sluice')
}

/** @param {string} folder */
const manifest = (folder) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))

/**
 * Packages and all that they depend on.
 *
 * @param {string[]} names
 */
function withTheirs(names) {
  const found = new Set(names)
  for (const name of found) {
    const folder = join(ROOT, 'node_modules', name)
    for (const theirs of Object.keys(manifest(folder).dependencies ?? {})) {
      if (existsSync(join(ROOT, 'node_modules', theirs))) found.add(theirs)
    }
  }
  return found
}

/**
 * @param {string} installed
 * @param {string} folder
 */
function useIt(installed, folder) {
  const { exports, bin } = manifest(installed)
  const entries = Object.keys(exports).map((entry) => entry.replace('.', 'sluice'))
  const imports = entries.filter((entry) => !entry.endsWith('.json')).map((entry) => `await import('${entry}')`)
  run(process.execPath, ['--input-type=module', '--eval', imports.join('; ')], folder)
  for (const file of Object.values(bin)) run(process.execPath, [join(installed, String(file)), '--help'], folder)
}

const folder = mkdtempSync(join(tmpdir(), 'sluice-packaging-'))
try {
  const tarball = pack(folder)
  run(join(TOOLS, 'publint'), ['run', tarball, '--strict'])
  run(join(TOOLS, 'attw'), ['--profile', 'esm-only', tarball])
  useIt(installAt(tarball, folder), folder)
} catch (error) {
  if (!(error instanceof PackagingError)) throw error
  console.error(`The package is not fit to be published: ${error.message}`)
  process.exitCode = 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}
