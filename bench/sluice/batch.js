import { batchConsumer, numbers, runToEnd } from './pipeline.js'

/** Far longer than any run: a batch must leave by size, by pressure or at the end. */
const TIMEOUT = '1h'
const TIMEOUT_MS = 3_600_000

/**
 * A `batch` stage with many open keys under a bound on what is unacked. Its messages leave by pressure, because fewer
 * may be unacked than there are keys. A run in which the batch's timer fires has failed.
 *
 * @param {import('../contract.js').Build} build
 * @param {{ keys: number, size: number, maxUnacked: number }} settings
 * @returns {Promise<import('../contract.js').Contender>}
 */
export async function batch({ core, stage }, { keys, size, maxUnacked }) {
  const definition = await stage('batch')
  return async (count, consume) => {
    const by = (/** @type {number} */ value) => value % keys
    const options = definition.options.parse({ size, timeout: TIMEOUT, by })
    const timer = { fired: 0 }
    const nodes = [
      { name: 'numbers', from: [], settings: { maxUnacked: { parts: maxUnacked } }, component: numbers(core, count) },
      { name: 'batches', from: [{ from: 'numbers' }], settings: {}, component: core.bind(definition, options) },
      { name: 'consumer', from: [{ from: 'batches' }], settings: {}, component: batchConsumer(core, consume) },
    ]
    const failures = await runToEnd(core, nodes, { count, env: countingEnv(core.realEnv, timer) })
    return failures + timer.fired
  }
}

/**
 * @param {import('../../src/core/index.ts').Env} env
 * @param {{ fired: number }} timer counts long timers that fired.
 * @returns {import('../../src/core/index.ts').Env}
 */
function countingEnv(env, timer) {
  return {
    ...env,
    after(delayMs, callback) {
      if (delayMs < TIMEOUT_MS) return env.after(delayMs, callback)
      return env.after(delayMs, () => {
        timer.fired++
        callback()
      })
    },
  }
}
