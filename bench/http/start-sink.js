import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const SINK = fileURLToPath(new URL('sink.js', import.meta.url))

/**
 * @typedef {object} SinkProcess
 * @property {string} url
 * @property {() => Promise<{ count: number, sum: number }>} taken values since it was asked last, and their sum.
 */

/**
 * Starts a server in a process of its own. It ends with this process, and keeps it from nothing.
 *
 * @returns {Promise<SinkProcess>}
 */
export async function startSink() {
  const server = fork(SINK, { execArgv: [] })
  const [{ port }] = await once(server, 'message')
  server.unref()
  server.channel?.unref()
  return {
    url: `http://127.0.0.1:${port}/`,
    async taken() {
      // While it is waited for, it does keep this process.
      server.channel?.ref()
      server.send('taken')
      const [taken] = await once(server, 'message')
      server.channel?.unref()
      return taken
    },
  }
}
