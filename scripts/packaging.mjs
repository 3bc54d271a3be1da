/**
 * Packs the package as `npm publish` would, and checks the tarball: publint (files, exports, bin), are-the-types-wrong
 * (what a TypeScript user gets), and an installation of it in an empty folder: the command and every entry must load with
 * `dependencies` alone, and the README's pipeline in TypeScript must take a first message.
 */
import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { firstMessage, freePort, pipelineIn } from './packaging/first-message.mjs'

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
 * Installs the tarball as a user does. Where npm can't reach its registry, the packages around it are links to ours, but
 * only those that `dependencies` name and what these bring.
 *
 * @param {string} tarball
 * @param {string} folder
 */
function installAt(tarball, folder) {
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n')
  const modules = join(folder, 'node_modules')
  try {
    run(
      'npm',
      ['install', '--silent', '--no-audit', '--no-fund', '--fetch-retries=1', '--prefer-offline', tarball],
      folder,
    )
  } catch (error) {
    if (!(error instanceof PackagingError)) throw error
    console.log('npm could not install it: the packages that it needs are linked instead.')
    rmSync(modules, { recursive: true, force: true })
    linkAt(tarball, modules)
  }
  return join(modules, 'sluice')
}

/**
 * @param {string} tarball
 * @param {string} modules
 */
function linkAt(tarball, modules) {
  mkdirSync(modules)
  run('tar', ['-xzf', tarball, '-C', modules])
  run('mv', [join(modules, 'package'), join(modules, 'sluice')])
  for (const name of withTheirs(Object.keys(manifest(ROOT).dependencies))) {
    const link = join(modules, name)
    if (name.includes('/')) mkdirSync(resolve(link, '..'), { recursive: true })
    symlinkSync(join(ROOT, 'node_modules', name), link)
  }
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

/**
 * Writes the README's pipeline, checks its types, runs it, and sends it a payment.
 *
 * @param {string} installed
 * @param {string} folder
 */
async function sendMessage(installed, folder) {
  const port = await freePort()
  const code = pipelineIn(readFileSync(join(ROOT, 'README.md'), 'utf8'), port)
  if (code === undefined) throw new PackagingError('the README has no `payments.ts` on port 8080.')
  writeFileSync(join(folder, 'payments.ts'), code)
  const types = join(ROOT, 'node_modules/@types')
  run(
    join(TOOLS, 'tsc'),
    ['--strict', '--noEmit', '--module', 'nodenext', '--typeRoots', types, '--types', 'node', 'payments.ts'],
    folder,
  )
  const command = [
    process.execPath,
    join(installed, manifest(installed).bin.sluice),
    'run',
    'payments.ts',
    '--admin-port',
    '0',
  ]
  console.log('> sluice run payments.ts')
  const { fault, written } = await firstMessage(command, { folder, port })
  if (fault !== undefined) throw new PackagingError(`the README's pipeline took no message: ${fault}`)
  console.log(written)
}

const folder = mkdtempSync(join(tmpdir(), 'sluice-packaging-'))
try {
  const tarball = pack(folder)
  run(join(TOOLS, 'publint'), ['run', tarball, '--strict'])
  run(join(TOOLS, 'attw'), ['--profile', 'esm-only', tarball])
  const user = join(folder, 'user')
  mkdirSync(user)
  const installed = installAt(tarball, user)
  useIt(installed, user)
  await sendMessage(installed, user)
} catch (error) {
  if (!(error instanceof PackagingError)) throw error
  console.error(`The package is not fit to be published: ${error.message}`)
  process.exitCode = 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}
