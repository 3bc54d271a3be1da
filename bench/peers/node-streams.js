import { Readable, Transform, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

/**
 * Node object streams, with their default high watermarks.
 *
 * @type {import('../contract.js').Contender}
 */
export async function run(count, consume) {
  let next = 0
  await pipeline(
    new Readable({
      objectMode: true,
      read() {
        while (next < count) if (!this.push(next++)) return
        this.push(null)
      },
    }),
    new Transform({ objectMode: true, transform: (value, _encoding, done) => done(null, value + 1) }),
    new Transform({ objectMode: true, transform: (value, _encoding, done) => done(null, value * 2) }),
    new Writable({
      objectMode: true,
      write(value, _encoding, done) {
        consume(value)
        done()
      },
    }),
  )
  return 0
}
