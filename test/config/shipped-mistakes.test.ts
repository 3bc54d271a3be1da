import { readFileSync, symlinkSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { createRegistry } from '../../src/registry/registry.ts'
import { brief, pathOf, problemsOf } from './loading.ts'
import type { ShippedMistake } from './mistakes/mistake.ts'
import { mistakes as between } from './mistakes/shipped-between.ts'
import { mistakes as inKeys } from './mistakes/shipped-keys.ts'
import { mistakes as inOthers } from './mistakes/shipped-others.ts'
import { mistakes as inValues } from './mistakes/shipped-values.ts'

const PROJECT = fileURLToPath(new URL('../../', import.meta.url))
const registry = createRegistry()
// Its plugins are where it stands, under the name that the file says, however long this folder's path is.
symlinkSync(`${PROJECT}config/plugins`, pathOf('plugins'))

function changed([file, , piece, replacement]: ShippedMistake): string {
  const text = readFileSync(`${PROJECT}config/${file}.yaml`, 'utf8')
  if (!text.includes(piece)) throw new Error(`${file}.yaml has no ${piece}`)
  return text.replace(piece, () => replacement)
}

/** Without the folders of this machine. */
function placed(text: string): string {
  return text.replaceAll(`${PROJECT}config/`, './').replaceAll(PROJECT, '').replaceAll(pathOf('.'), '<folder>')
}

const MISTAKES = [...inKeys, ...inValues, ...between, ...inOthers].map((mistake) => ({ title: mistake[1], mistake }))

test.each(MISTAKES)('a file that comes with Sluice, with $title, is told as such', async ({ mistake }) => {
  const problems = await problemsOf(changed(mistake), { registry })
  expect(problems.map((problem) => placed(brief(problem)))).toEqual(mistake[4])
})
