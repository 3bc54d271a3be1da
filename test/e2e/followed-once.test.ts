import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { file, folder, Sluice } from './sluice.ts'

test('read once to its end: 0, and what could not be read: 65; a file that is missing: 66', async () => {
  const place = folder()
  const config = (name: string): string =>
    file(`pipeline: once
producers:
  lines: { file: { path: "${join(place, name)}", checkpoints: "${join(place, `state-${name}`)}", read: once } }
consumers:
  output: { from: lines, stdout: {} }
`)
  appendFileSync(join(place, 'good'), '{"a":1}\n')
  appendFileSync(join(place, 'bad'), '{"a":1}\n{\n')
  const run = async (name: string) => await new Sluice(['run', config(name), '--admin-port', '0']).ended
  expect(await run('good')).toMatchObject({ exitCode: 0, stdout: '{"a":1}\n' })
  expect(await run('bad')).toMatchObject({ exitCode: 65, stdout: '{"a":1}\n' })
  const missing = await run('missing')
  expect(missing.exitCode, missing.stderr).toBe(66)
  expect(missing.stderr).toContain('SLUICE_FILE_MISSING')
})
