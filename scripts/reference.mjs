/**
 * Writes docs/reference.md and schemas/pipeline.schema.json from what the code says of itself: `npm run reference`. With
 * `--check` it writes nothing, and ends with 1 when a file is not what it would write. Another file can be named for the
 * reference; then only that is written.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { built } from './reference/built.mjs'
import { referenceOf } from './reference/document.mjs'

const ROOT = resolve(import.meta.dirname, '..')

const { values, positionals } = parseArgs({ options: { check: { type: 'boolean' } }, allowPositionals: true })

/**
 * The text of a file; empty where there is none.
 *
 * @param {string} file
 */
function written(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

/**
 * @param {string} file
 * @param {string} text
 */
function put(file, text) {
  mkdirSync(dirname(file), { recursive: true })
  if (!values.check) writeFileSync(file, text)
  else if (written(file) !== text) {
    console.error(`${file} is not what the sources say: run \`npm run reference\`.`)
    process.exitCode = 1
  }
}

const build = await built()
const [named] = positionals
put(named === undefined ? join(ROOT, 'docs/reference.md') : resolve(named), await referenceOf(build))
if (named === undefined) put(join(ROOT, 'schemas/pipeline.schema.json'), build.schemaText)
