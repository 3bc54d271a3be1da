/**
 * Writes docs/reference.md from what the code says of itself: `npm run reference`. With `--check` it writes nothing, and
 * ends with 1 when the file is not what it would write. Another file can be named.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { built } from './reference/built.mjs'
import { referenceOf } from './reference/document.mjs'

const { values, positionals } = parseArgs({ options: { check: { type: 'boolean' } }, allowPositionals: true })
const file = resolve(positionals[0] ?? join(import.meta.dirname, '../docs/reference.md'))

/** The text of the file; empty where there is none. */
function written() {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

const reference = await referenceOf(await built())
if (!values.check) writeFileSync(file, reference)
else if (written() !== reference) {
  console.error(`${file} is not what the sources say: run \`npm run reference\`.`)
  process.exitCode = 1
}
