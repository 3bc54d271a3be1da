import { Effect, Stream } from 'effect'

/**
 * Effect Stream, with arrays of its default size, consumed as arrays: an effect for each element is slower.
 *
 * @type {import('../contract.js').Contender}
 */
export async function run(count, consume) {
  const program = Stream.range(0, count - 1).pipe(
    Stream.map((value) => value + 1),
    Stream.map((value) => value * 2),
    Stream.runForEachArray((values) =>
      Effect.sync(() => {
        for (const value of values) consume(value)
      }),
    ),
  )
  await Effect.runPromise(program)
  return 0
}
