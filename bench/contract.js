/**
 * What every side of a comparison does: produce the integers 0..count-1, make the case's `result` of each, step by
 * step, and give that to `consume`. Peers carry bare integers, which is the cheapest form for them.
 *
 * @typedef {(value: number) => void} Consume the same function for everybody.
 *
 * @typedef {(count: number, consume: Consume) => Promise<number>} Contender runs a new pipeline to its end.
 *   Gives the number of messages that failed or, where there are acknowledgements, weren't acked.
 *
 * @typedef {Contender & { before: (count: number) => Promise<void> }} PreparedContender `before` makes ready what the next
 *   run of so many needs, which isn't measured.
 *
 * @typedef {object} Build the library under test: built files in a benchmark, sources in a unit test.
 * @property {typeof import('../src/core/index.ts')} core
 * @property {typeof import('../src/daemon/start.ts').start} start loads the daemon when it is called.
 * @property {(name: string) => Promise<import('../src/core/index.ts').Definition>} stage a built-in stage.
 * @property {(name: string) => Promise<import('../src/core/index.ts').Definition>} producer a built-in producer.
 * @property {(name: string) => Promise<import('../src/core/index.ts').Definition>} consumer a built-in consumer.
 * @property {() => Promise<typeof import('../src/overflow/spill/embedded.ts')>} overflow loads the embedded overflow.
 * @property {() => Promise<typeof import('../src/overflow/redis-store/redis.ts')>} redisOverflow its store in Redis.
 *
 * @typedef {(build: Build) => Promise<Contender | PreparedContender>} Loader loads what one contender needs, and nothing else.
 *
 * @typedef {object} Case
 * @property {string} name
 * @property {'messages/s'} unit
 * @property {(n: number) => number} result what becomes of an integer in the end.
 * @property {Loader} sluice
 * @property {Readonly<Record<string, Loader>>} peers
 * @property {Readonly<Record<string, number>>} goals least ratio of sluice to a peer, where one was set.
 * @property {boolean} [byCpu] compared by CPU time, also where the machine has nothing else to do.
 * @property {Readonly<Record<string, () => Promise<void>>>} [prepare] what has to be done for a peer before anything is loaded.
 */

/**
 * Rows of the second table: a figure in a unit of its own, of which less is better, but of a rate.
 *
 * @typedef {object} Figure
 * @property {number} value
 * @property {number} failures what went wrong while it was taken.
 * @property {number} [beside] what was taken along with it, to be compared with.
 *
 * @typedef {(seconds: number) => Promise<Figure>} Gauge takes one figure, for longer where there are more seconds.
 *
 * @typedef {(build: Build) => Promise<Gauge>} GaugeLoader
 *
 * @typedef {object} FigureCase
 * @property {string} name
 * @property {'ms' | '% of a CPU' | 'messages/s'} unit
 * @property {GaugeLoader} sluice
 * @property {Readonly<Record<string, GaugeLoader>>} peers one with which it is compared, or none.
 * @property {string} [beside] what the gauge itself takes along with the figure, in the place of a peer.
 * @property {number} [most] goal: how much more than the peer it may be; how much at all, where there is none.
 * @property {number} [least] goal of a rate, which has no peer.
 */

/**
 * A consumer that adds up what it gets.
 *
 * @returns {{ consume: Consume, sum: () => number }}
 */
export function adder() {
  let sum = 0
  return {
    consume: (value) => {
      sum += value
    },
    sum: () => sum,
  }
}

/**
 * The sum that a run must end with, added up in the same order, so that it is rounded in the same way.
 *
 * @param {number} count
 * @param {Case['result']} result
 */
export function expectedSum(count, result) {
  let sum = 0
  for (let n = 0; n < count; n++) sum += result(n)
  return sum
}
