import { pipelinePromise, Readable, Transform, Writable } from 'streamx'

/**
 * streamx, with its default high watermarks.
 *
 * @type {import('../contract.js').Contender}
 */
export async function run(count, consume) {
  let next = 0
  await pipelinePromise(
    new Readable({
      read(done) {
        while (next < count && this.push(next++));
        if (next === count) this.push(null)
        done(null)
      },
    }),
    new Transform({ transform: (/** @type {any} */ value, done) => done(null, value + 1) }),
    new Transform({ transform: (/** @type {any} */ value, done) => done(null, value * 2) }),
    new Writable({
      write(/** @type {any} */ value, done) {
        consume(value)
        done(null)
      },
    }),
  )
  return 0
}
