import { parse, UsageError } from './program.js'

export const USAGE = `npm run bench -- [options]

  --case TEXT   only cases and peers whose names contain TEXT; may be repeated
  --pairs N     pairs per peer (15)
  --quick       3 pairs of short samples, to see that everything runs
  --cpu         messages per second of CPU time, for a machine that is busy with other things
  --json FILE   also writes the figures to FILE
  --help`

/**
 * @typedef {object} Options
 * @property {readonly string[]} filters
 * @property {number} pairs
 * @property {number} seconds about how long each measured run takes.
 * @property {string | undefined} json
 * @property {boolean} cpu
 * @property {boolean} help
 */

/**
 * @param {readonly string[]} args
 * @returns {Options}
 * @throws {UsageError}
 */
export function readOptions(args) {
  const { values } = parse({
    args: [...args],
    options: {
      case: { type: 'string', multiple: true },
      pairs: { type: 'string' },
      quick: { type: 'boolean' },
      cpu: { type: 'boolean' },
      json: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  const pairs = values.pairs ?? (values.quick ? '3' : '15')
  if (!/^[1-9]\d{0,3}$/.test(pairs)) throw new UsageError(`--pairs: ${pairs} isn't a number of pairs, from 1 to 9999`)
  return {
    filters: values.case ?? [],
    pairs: Number(pairs),
    seconds: values.quick ? 0.05 : 1,
    json: values.json,
    cpu: values.cpu ?? false,
    help: values.help ?? false,
  }
}
