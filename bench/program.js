import { parseArgs } from 'node:util'

/** sysexits(3): a mistake on the command line; something here went wrong. */
const EXIT_USAGE = 64
const EXIT_SOFTWARE = 70
/** What `node:util` says about a mistake on the command line. */
const PARSE_ERROR = /^ERR_PARSE_ARGS_/

/** A mistake on the command line. */
export class UsageError extends Error {}

/**
 * `parseArgs` of Node.js, whose complaints are those of a user's mistake.
 *
 * @template {import('node:util').ParseArgsConfig} T
 * @param {T} config
 * @returns {ReturnType<typeof parseArgs<T>>}
 * @throws {UsageError}
 */
export function parse(config) {
  try {
    return parseArgs(config)
  } catch (error) {
    if (error instanceof Error && 'code' in error && PARSE_ERROR.test(String(error.code))) {
      throw new UsageError(error.message, { cause: error })
    }
    throw error
  }
}

/**
 * Runs a program; what goes wrong is told in a sentence.
 *
 * @param {(args: string[]) => Promise<number>} main gives the exit code.
 * @param {string} usage
 */
export async function runProgram(main, usage) {
  try {
    process.exitCode = await main(process.argv.slice(2))
  } catch (error) {
    const isUsage = error instanceof UsageError
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${isUsage ? `\n${usage}\n` : ''}`)
    process.exitCode = isUsage ? EXIT_USAGE : EXIT_SOFTWARE
  }
}
