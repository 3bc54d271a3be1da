import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ROOT } from './sluice.ts'

test.each(['producers', 'stages', 'consumers'])(
  'the entry sluice/%s has the factory of each component',
  async (folder) => {
    const files = readdirSync(join(ROOT, 'src', folder)).map((file) => file.replace('.ts', ''))
    const factories = files.map((name) => name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase()))
    const entry = (await import(join(ROOT, `dist/${folder}.js`))) as Record<string, unknown>
    expect(Object.keys(entry).toSorted()).toEqual(factories.toSorted())
    for (const factory of Object.values(entry)) expect(factory).toBeTypeOf('function')
  },
)
