/**
 * Sees to it that a Redis server is there for the tests: where none is found, it is installed from the packages of the
 * system (Debian and its kin). Only the program matters: a test that needs a server starts its own, on a free port.
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

const PACKAGE = 'redis-server'
const SERVER = 'redis-server'
/** Not on the PATH of every user, but where Debian and builds from source put servers. */
const MORE_FOLDERS = ['/usr/bin', '/usr/local/bin', '/usr/sbin', '/usr/local/sbin']

/** Asks nothing, and waits a while for another installation to end. */
const APT_OPTIONS = ['--yes', '--quiet', '--option', 'DPkg::Lock::Timeout=120']

/** @param {string} program */
function find(program) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...MORE_FOLDERS]
  return folders.map((folder) => join(folder, program)).find((path) => existsSync(path))
}

/**
 * Runs apt-get as root and shows what it says.
 *
 * @param {string[]} asRoot
 * @param {string[]} args
 */
function aptGet(asRoot, args) {
  const settings = ['DEBIAN_FRONTEND=noninteractive', 'NEEDRESTART_MODE=l']
  const [program = '', ...rest] = [...asRoot, 'env', ...settings, 'apt-get', ...APT_OPTIONS, ...args]
  console.error(`> apt-get ${args.join(' ')}`)
  return spawnSync(program, rest, { stdio: ['inherit', 2, 2] }).status === 0
}

/** A fresh machine has no package lists, and an old one has lists of packages that are gone. */
function isOffered() {
  const { stdout } = spawnSync('apt-cache', ['policy', PACKAGE], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
  })
  return /Candidate: \d/u.test(stdout)
}

/** @param {string[]} asRoot */
function install(asRoot) {
  const args = ['install', '--no-install-recommends', PACKAGE]
  if (isOffered() && aptGet(asRoot, args)) return true
  return aptGet(asRoot, ['update']) && aptGet(asRoot, args)
}

/** What stands before a command so that it runs as root; undefined where that can't be. */
function rootPrefix() {
  if (process.getuid?.() === 0) return []
  // Without a terminal sudo can't ask for a password: then it must not try.
  return find('sudo') ? ['sudo', ...(process.stdin.isTTY ? [] : ['--non-interactive'])] : undefined
}

/** Returns the sentence that says why there is no server, undefined where there is one. */
function ensure() {
  if (find(SERVER)) return undefined
  const byHand = `Install ${SERVER} (7.0 or newer) by hand, then run the tests again.`
  if (!find('apt-get')) return `No ${SERVER} was found, and there is no apt-get to install it with. ${byHand}`
  const asRoot = rootPrefix()
  if (!asRoot) return `No ${SERVER} was found, and only root, or a user with sudo, can install it. ${byHand}`
  console.error(`No ${SERVER} was found, and the tests need one: installing the system's package ${PACKAGE}.`)
  if (install(asRoot) && find(SERVER)) return undefined
  return `The package ${PACKAGE} could not be installed; apt-get says why above. ${byHand}`
}

const failure = ensure()
if (failure !== undefined) {
  console.error(failure)
  process.exitCode = 69
}
