import { connect, createServer } from 'node:net'

// Stands between a client and a server, and keeps each answer for a while: `node delaying-proxy.js <port> <ms>`. What is
// sent one after the other arrives so, as over a long line. Tells its parent its own port, and ends with it.

const [port, delayMs] = process.argv.slice(2).map(Number)

const proxy = createServer({ noDelay: true }, (client) => {
  const server = connect({ port: port ?? 0, host: '127.0.0.1', noDelay: true })
  for (const [socket, other] of [
    [client, server],
    [server, client],
  ]) {
    socket?.on('error', () => {}) // Whoever has gone has gone.
    socket?.on('close', () => other?.destroy())
  }
  client.pipe(server)
  server.on('data', (bytes) => setTimeout(() => client.writable && client.write(bytes), delayMs))
})
proxy.listen(0, '127.0.0.1', () => {
  process.send?.(/** @type {import('node:net').AddressInfo} */ (proxy.address()).port)
})
process.on('disconnect', () => process.exit())
