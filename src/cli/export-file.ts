import { randomBytes } from 'node:crypto'
import { lstatSync, realpathSync } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { errnoOf } from '../kit/errno.ts'
import { quote } from '../kit/text.ts'
import { EXIT } from '../daemon/exit-codes.ts'
import { Told } from './letters-access.ts'
import { printError } from './print.ts'

const LONGEST_PATH = 1000

/**
 * Where something is written that is to be in a file: what a link leads to.
 *
 * @throws Told where there is such a file and it isn't to be written over, or it is none
 */
export function placeFor(output: string, mayReplace = false): string {
  const there = lstatSync(output, { throwIfNoEntry: false })
  if (there === undefined) return output
  if (!mayReplace) return refused(`${quote(output, LONGEST_PATH)} is there already: say --force to write over it`)
  const path = realpathSync(output)
  if (lstatSync(path).isFile()) return path
  return refused(`${quote(output, LONGEST_PATH)} is no file: leave --output out, and say where to with >`)
}

function refused(problem: string): never {
  printError(`sluice: ${problem}\n`)
  throw new Told(EXIT.cannotCreate)
}

/**
 * Writes a file that is there when it is whole, and not before; only its owner may read it.
 *
 * @throws Told where there can't be such a file
 */
export async function toFile(lines: AsyncIterable<string | Uint8Array>, path: string): Promise<void> {
  const draft = `${path}.${randomBytes(4).toString('hex')}.part`
  const file = await open(draft, 'wx', 0o600).catch((error: unknown) =>
    refused(`${quote(path, LONGEST_PATH)} can't be written (${errnoOf(error)})`),
  )
  try {
    await pipeline(Readable.from(lines), file.createWriteStream({ flush: true }))
    await rename(draft, path)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
}

/** Writes on standard output, until whoever reads it has had enough. */
export async function toOutput(lines: AsyncIterable<string | Uint8Array>): Promise<void> {
  try {
    await pipeline(Readable.from(lines), process.stdout, { end: false })
  } catch (error) {
    if (errnoOf(error) !== 'EPIPE') throw error
  }
}
