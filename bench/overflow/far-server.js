import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { redisServer } from './redis-server.js'

const PROXY = fileURLToPath(new URL('delaying-proxy.js', import.meta.url))

/**
 * The server of this process, each of whose answers comes so much later. What delays them is a process of its own, so
 * that it takes none of this one's CPU; it keeps this one from nothing.
 *
 * @param {number} delayMs
 * @returns {Promise<number>} its port.
 */
export async function farServer(delayMs) {
  const proxy = fork(PROXY, [String(await redisServer()), String(delayMs)], { execArgv: [] })
  const [port] = await once(proxy, 'message')
  proxy.unref()
  proxy.channel?.unref()
  return port
}
