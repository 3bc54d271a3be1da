import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'

/** For a slow machine: it takes a second. */
const DEADLINE_MS = 30_000
const PAYMENT = { merchant: 'm-7', amountMinor: 1250 }

/**
 * The pipeline of the README, with another port than its own; undefined where there is none.
 *
 * @param {string} readme
 * @param {number} port
 */
export function pipelineIn(readme, port) {
  const [, code] = /```ts\n(\/\/ payments\.ts\n.*?port: 8080.*?)```/s.exec(readme) ?? []
  return code?.replace('port: 8080', `port: ${port}`)
}

export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  server.close()
  await once(server, 'close')
  return port
}

/**
 * Runs a pipeline that waits for payments, sends one when it is running, and stops it.
 *
 * @param {string[]} command
 * @param {{ folder: string, port: number }} place
 * @returns {Promise<{ written: string, fault?: string }>} what it wrote, and what went wrong.
 */
export async function firstMessage([program = '', ...parameters], { folder, port }) {
  const child = spawn(program, parameters, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], timeout: DEADLINE_MS })
  const ended = once(child, 'close')
  let written = ''
  child.stdout.on('data', (chunk) => (written += chunk))
  const log = []
  let answer = 'nothing'
  for await (const line of createInterface({ input: child.stderr })) {
    log.push(line)
    if (!line.includes('is running')) continue
    answer = await send(port).finally(() => child.kill('SIGTERM'))
  }
  const [exitCode] = await ended
  if (answer.startsWith('200') && exitCode === 0 && written !== '') return { written }
  return { written, fault: `it answered ${answer}, ended with ${exitCode}, and said\n${log.join('\n')}` }
}

/** @param {number} port */
async function send(port) {
  const headers = { 'content-type': 'application/json' }
  const request = { method: 'POST', body: JSON.stringify(PAYMENT), headers, signal: AbortSignal.timeout(DEADLINE_MS) }
  const response = await fetch(`http://127.0.0.1:${port}/payments`, request)
  return `${response.status} ${await response.text()}`
}
