import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const CLIENT = fileURLToPath(new URL('client.js', import.meta.url))

/** @typedef {(order: import('./client.js').Order) => Promise<number>} Load gives the number of requests that failed. */

/**
 * Starts a client in a process of its own. It ends with this process, and keeps it from nothing.
 *
 * @returns {Promise<Load>}
 */
export async function startClient() {
  const client = fork(CLIENT, { execArgv: [] })
  await once(client, 'spawn')
  client.unref()
  client.channel?.unref()
  return async (order) => {
    client.send(order)
    const [{ failures, error }] = await once(client, 'message')
    if (error !== undefined) throw new Error(`the client failed: ${error}`)
    return failures
  }
}
