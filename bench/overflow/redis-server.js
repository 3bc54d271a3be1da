import { Redis } from 'ioredis'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Ends a server with the process that has started it, also where that is killed. */
const PARENT_WATCH = '/usr/bin/setpriv'
const SETTINGS = ['--bind', '127.0.0.1', '--save', '', '--appendonly', 'yes', '--appendfsync', 'everysec']

/** @type {Promise<number> | undefined} */
let started

/**
 * A redis-server of this process, with an append-only file that is synced every second, as it is most used.
 *
 * @returns {Promise<number>} its port.
 */
export function redisServer() {
  return (started ??= start())
}

async function start() {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-bench-'))
  const port = await freePort()
  const command = ['redis-server', '--port', String(port), '--dir', folder, ...SETTINGS]
  const watched = existsSync(PARENT_WATCH) ? [PARENT_WATCH, '--pdeathsig', 'KILL', ...command] : command
  const server = spawn(/** @type {string} */ (watched[0]), watched.slice(1), { stdio: ['ignore', 'pipe', 'inherit'] })
  process.once('exit', () => {
    server.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  })
  for (let text = ''; !text.includes('Ready to accept connections');) {
    if (server.exitCode !== null) throw new Error(`redis-server ended:\n${text}`)
    const [chunk] = await once(server.stdout, 'data')
    text += chunk
  }
  server.stdout.resume()
  server.unref()
  const { stdout } = server
  if ('unref' in stdout && typeof stdout.unref === 'function') stdout.unref()
  return port
}

/** Forgets what other runs have left, without waiting until the memory is free. */
export async function emptyServer() {
  const redis = new Redis(await redisServer(), '127.0.0.1')
  await redis.flushall('ASYNC')
  redis.disconnect()
}

/** @returns {Promise<number>} */
async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = /** @type {import('node:net').AddressInfo} */ (probe.address())
  await new Promise((resolve) => probe.close(resolve))
  return port
}
