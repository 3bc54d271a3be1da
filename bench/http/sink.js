import { createServer } from 'node:net'

// A server that costs little beside the client: of a request only the length of its body is looked at, and its values. Runs
// in a process of its own, tells its port, and when it is asked how many values have come and what their numbers add up to;
// ends with its parent.

const HEAD_END = Buffer.from('\r\n\r\n')
const CONTENT_LENGTH = /\r\ncontent-length: (\d+)/i
/** The length of a request whose head has no end yet. */
const UNKNOWN = Infinity
const TAKEN = 'HTTP/1.1 204 No Content\r\n\r\n'

let count = 0
let sum = 0

const server = createServer({ noDelay: true }, (socket) => {
  /** @type {Buffer} A request whose end hasn't come. */
  let kept = Buffer.of()
  let wanted = UNKNOWN
  socket.on('error', () => {})
  socket.on('data', (chunk) => {
    kept = kept.length === 0 ? chunk : Buffer.concat([kept, chunk])
    for (;;) {
      if (wanted === UNKNOWN) wanted = lengthOf(kept)
      if (kept.length < wanted) return
      take(kept.subarray(0, wanted))
      kept = kept.subarray(wanted)
      wanted = UNKNOWN
      socket.write(TAKEN)
    }
  })
})

/**
 * Of head and body; unknown where the head has no end yet.
 *
 * @param {Buffer} request
 */
function lengthOf(request) {
  const headEnd = request.indexOf(HEAD_END)
  if (headEnd === -1) return UNKNOWN
  const [, length = '0'] = CONTENT_LENGTH.exec(request.toString('latin1', 0, headEnd)) ?? []
  return headEnd + HEAD_END.length + Number(length)
}

/** @param {Buffer} request whole. */
function take(request) {
  const body = JSON.parse(request.toString('utf8', request.indexOf(HEAD_END)))
  for (const value of Array.isArray(body) ? body : [body]) {
    count++
    sum += typeof value === 'number' ? value : value.number
  }
}

process.on('message', () => {
  process.send?.({ count, sum })
  count = 0
  sum = 0
})
process.on('disconnect', () => process.exit())
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  process.send?.({ port: typeof address === 'object' ? address?.port : undefined })
})
