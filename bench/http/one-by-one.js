import { once } from 'node:events'
import { connect } from 'node:net'
import { JSON_BODIES, requestsOf } from './bodies.js'

// Sends a request over one connection, waits for its answer, and sends the next, in a process of its own. Told a port and
// how many to send, it tells the times from request to answer in ms, and how many answers were no 204; ends with its
// parent.

const NO_CONTENT = 'HTTP/1.1 204 '
const HEAD_END = '\r\n\r\n'

process.on('message', (/** @type {{ port: number, count: number }} */ order) => {
  send(order).then(
    (told) => process.send?.(told),
    (/** @type {unknown} */ error) => process.send?.({ error: String(error) }),
  )
})
process.on('disconnect', () => process.exit())

/** @param {{ port: number, count: number }} order */
async function send({ port, count }) {
  const requests = requestsOf(JSON_BODIES, count)
  const times = []
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  await once(socket, 'connect')
  let failures = 0
  for (let index = 0; index < count; index++) {
    const start = performance.now()
    socket.write(requests.at(index))
    const answer = await answerOf(socket)
    times.push(performance.now() - start)
    if (!answer.startsWith(NO_CONTENT)) failures++
  }
  socket.destroy()
  return { times, failures }
}

/**
 * A 204 ends with its head; whatever else has come is told by its first line.
 *
 * @param {import('node:net').Socket} socket
 * @returns {Promise<string>}
 */
async function answerOf(socket) {
  for (let text = ''; ;) {
    const [chunk] = await once(socket, 'data')
    text += chunk.toString('latin1')
    if (text.includes(HEAD_END)) return text
  }
}
