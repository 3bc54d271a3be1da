import { connect } from 'node:net'
import { CONNECTIONS, requestsOf } from './bodies.js'

/**
 * A client that costs little beside the server: requests are made beforehand, and of an answer only its first line and its
 * length are looked at. Runs in a process of its own, told by its parent what to send; ends with it.
 *
 * @typedef {object} Order
 * @property {number} port
 * @property {number} count values.
 * @property {import('./bodies.js').Format} format
 */

/** 202, or 204 of what is stored. */
const STATUS = Buffer.from('HTTP/1.1 20')
const HEAD_END = Buffer.from('\r\n\r\n')
const CONTENT_LENGTH = /\r\ncontent-length: (\d+)/i

process.on('message', (/** @type {Order} */ order) => {
  send(order).then(
    (failures) => process.send?.({ failures }),
    (/** @type {unknown} */ error) => process.send?.({ failures: order.count, error: String(error) }),
  )
})
process.on('disconnect', () => process.exit())

/**
 * @param {Order} order
 * @returns {Promise<number>} answers that were neither 202 nor 204.
 */
async function send({ port, count, format }) {
  const requests = requestsOf(format, count)
  let next = 0
  const take = () => (next < requests.length ? requests.at(next++) : undefined)
  const failures = await Promise.all(Array.from({ length: CONNECTIONS }, () => sendOne(port, take)))
  return failures.reduce((sum, each) => sum + each, 0)
}

/**
 * One connection: a request, its answer, the next request.
 *
 * @param {number} port
 * @param {() => Buffer | undefined} take
 * @returns {Promise<number>}
 */
function sendOne(port, take) {
  return new Promise((resolve, reject) => {
    let failures = 0
    /** Bytes of an answer whose end hasn't come. */
    let kept = Buffer.of()
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    const next = () => {
      const request = take()
      if (request !== undefined) socket.write(request)
      else socket.end()
    }
    socket.on('connect', next)
    socket.on('data', (chunk) => {
      kept = kept.length === 0 ? chunk : Buffer.concat([kept, chunk])
      if (kept.length < lengthOf(kept)) return
      if (kept.compare(STATUS, 0, STATUS.length, 0, STATUS.length) !== 0) failures++
      kept = Buffer.of()
      next()
    })
    socket.on('error', reject)
    socket.on('close', () => resolve(failures))
  })
}

/** Of the answers so far: a length that has been seen needs no search. @type {number | undefined} */
let usualLength

/** @param {Buffer} answer */
function lengthOf(answer) {
  if (answer.length === usualLength) return usualLength
  const headEnd = answer.indexOf(HEAD_END)
  if (headEnd === -1) return Infinity
  const [, length = '0'] = CONTENT_LENGTH.exec(answer.toString('latin1', 0, headEnd)) ?? []
  usualLength = headEnd + HEAD_END.length + Number(length)
  return usualLength
}
