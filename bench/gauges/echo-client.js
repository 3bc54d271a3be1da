import { once } from 'node:events'
import { connect } from 'node:net'
import { createHistogram } from 'node:perf_hooks'
import { setTimeout as delay } from 'node:timers/promises'

// Sends a byte to a port, waits for it to come back, and again: `node echo-client.js <port>`. Tells its parent when the
// first one has come; told to stop, it tells the p99 in ms, and ends.

const EVERY_MS = 5
const US_PER_MS = 1000
const P99 = 99

const times = createHistogram()
const socket = connect({ port: Number(process.argv[2]), host: '127.0.0.1', noDelay: true })
let isStopped = false
process.on('message', () => {
  isStopped = true
})
await once(socket, 'connect')
while (!isStopped) {
  const start = performance.now()
  socket.write('.')
  await once(socket, 'data')
  times.record(Math.max(1, Math.round((performance.now() - start) * US_PER_MS)))
  if (times.count === 1) process.send?.('ready')
  await delay(EVERY_MS)
}
process.send?.(times.percentile(P99) / US_PER_MS, () => process.disconnect())
socket.destroy()
