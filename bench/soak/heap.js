import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/**
 * @typedef {object} Weights
 * @property {number} baselineBytes heap in use after the first messages.
 * @property {number} endBytes heap in use after all of them.
 * @property {number} failures messages that were not acked.
 */

const PROGRAM = fileURLToPath(new URL('stage.js', import.meta.url))
/** What a heap may grow by, whichever is more. */
const GROWTH_PART = 0.1
const GROWTH_BYTES = 8 * 2 ** 20

const execute = promisify(execFile)

/**
 * Runs a stage in a process of its own.
 *
 * @param {URL} module whose default export is the definition of the stage.
 * @param {{ options: object, messages: number, baseline: number }} settings
 * @returns {Promise<Weights>}
 */
export async function soak(module, { options, messages, baseline }) {
  const args = ['--expose-gc', PROGRAM, module.href, JSON.stringify(options), String(messages), String(baseline)]
  const { stdout } = await execute(process.execPath, args)
  return JSON.parse(stdout)
}

/** @param {number} baselineBytes */
export function allowedBytes(baselineBytes) {
  return baselineBytes + Math.max(baselineBytes * GROWTH_PART, GROWTH_BYTES)
}

/** @param {Weights} weights */
export function isSteady({ baselineBytes, endBytes, failures }) {
  return failures === 0 && endBytes <= allowedBytes(baselineBytes)
}
