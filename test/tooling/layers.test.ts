import { describe, expect, test } from 'vitest'
import { inPlantedProject, ROOT, run } from './planted.ts'

interface Cruise {
  readonly modules: readonly { readonly source: string }[]
  readonly summary: {
    readonly violations: readonly { readonly from: string; readonly rule: { readonly name: string } }[]
  }
}

/** What dependency-cruiser makes of the folders of a project. */
function cruise(project: string, folders: readonly string[]): Cruise {
  const args = ['--config', '.dependency-cruiser.mjs', '--output-type', 'json', ...folders]
  return JSON.parse(run('dependency-cruiser/bin/dependency-cruise.mjs', args, project).stdout) as Cruise
}

/** The rules that planted files break, as `file: rule`, sorted. */
function broken(files: Readonly<Record<string, string>>): string[] {
  return inPlantedProject(['.dependency-cruiser.mjs'], files, (folder) => {
    const { violations } = cruise(folder, ['src']).summary
    return violations.map(({ from, rule }) => `${from}: ${rule.name}`).toSorted()
  })
}

const give = (name: string) => `export const ${name} = 1\n`
const take = (path: string, name: string) => `export { ${name} } from '${path}'\n`

/** As the design has them, left to right; folders of one group stand beside each other. */
const LAYERS = [
  ['cli'],
  ['daemon'],
  ['config'],
  ['registry'],
  ['producers', 'stages', 'consumers'],
  ['overflow'],
  ['redis'],
  ['kit'],
  ['core'],
]
const FOLDERS = LAYERS.flatMap((group, depth) => group.map((folder) => ({ folder, depth })))

describe('layers', () => {
  // Without a compiler that it can use, the tool reads no TypeScript, finds nothing wrong and ends well.
  test('the whole of src is seen, and nothing in it breaks a rule', () => {
    const { modules, summary } = cruise(ROOT, ['src'])
    expect(modules.filter(({ source }) => source.startsWith('src/')).length).toBeGreaterThan(100)
    expect(summary.violations).toEqual([])
  })

  test('an import points right or stays in its folder: every pair of folders', () => {
    const files: Record<string, string> = {}
    const forbidden: string[] = []
    for (const from of FOLDERS) {
      files[`src/${from.folder}/own.ts`] = give('own')
      for (const to of FOLDERS) {
        const path = `src/${from.folder}/takes-${to.folder}.ts`
        files[path] = take(`../${to.folder}/own.ts`, 'own')
        const isAllowed = to.folder === from.folder || to.depth > from.depth
        if (!isAllowed) forbidden.push(`${path}: layer-${from.folder}`)
        if (!isAllowed && from.folder === 'core') forbidden.push(`${path}: core-imports-nothing`)
      }
    }
    expect(broken(files)).toEqual(forbidden.toSorted())
  })

  test('types are imports too, between component folders and in circles', () => {
    expect(
      broken({
        'src/stages/a.ts': 'export type A = string\n',
        'src/consumers/b.ts': "import type { A } from '../stages/a.ts'\n\nexport const b: A = ''\n",
        'src/kit/one.ts': "import type { Other } from './other.ts'\n\nexport type One = Other | 1\n",
        'src/kit/other.ts': "import type { One } from './one.ts'\n\nexport type Other = One | 2\n",
      }),
    ).toEqual(['src/consumers/b.ts: layer-consumers', 'src/kit/one.ts: no-circular'])
  })

  test('src/core imports no library and no built-in, but types; a stage has no clock of its own', () => {
    expect(
      broken({
        'src/core/file.ts': take('node:fs', 'readFileSync'),
        'src/core/schema.ts': take('zod', 'z'),
        'src/core/type.ts': "import type { ZodType } from 'zod'\n\nexport type Schema = ZodType\n",
        'src/stages/clock.ts': take('node:timers/promises', 'setTimeout'),
      }),
    ).toEqual([
      'src/core/file.ts: core-imports-nothing',
      'src/core/schema.ts: core-imports-nothing',
      'src/stages/clock.ts: stages-own-no-clock',
    ])
  })

  test('a component loads a library when it opens, not with its file', () => {
    expect(
      broken({
        'src/stages/eager.ts': take('yaml', 'parse'),
        'src/kit/eager.ts': take('pino', 'pino'),
        'src/stages/late.ts': "export const late = () => import('yaml')\n",
        'src/stages/type.ts': "import type { Document } from 'yaml'\n\nexport type Tree = Document\n",
        'src/stages/schema.ts': take('zod', 'z'),
      }),
    ).toEqual(['src/kit/eager.ts: components-load-lightly', 'src/stages/eager.ts: components-load-lightly'])
  })

  test('src imports no development dependency, no undeclared package, no missing file, nothing unshipped', () => {
    expect(
      broken({
        'src/kit/development.ts': take('p-map', 'default'),
        'src/kit/undeclared.ts': take('pino-std-serializers', 'err'),
        'src/kit/missing.ts': take('./nowhere.ts', 'nothing'),
        'src/kit/unshipped.ts': take('../../test/a.ts', 'a'),
        'test/a.ts': give('a'),
      }),
    ).toEqual([
      'src/kit/development.ts: no-dev-dependency-in-src',
      'src/kit/missing.ts: no-unresolvable',
      'src/kit/undeclared.ts: no-undeclared-package',
      'src/kit/unshipped.ts: src-stands-alone',
    ])
  })

  test('the entries and the test kit are above the layers, but the test kit is below the command line', () => {
    expect(
      broken({
        'src/index.ts': give('a'),
        'src/cli/c.ts': give('c'),
        'src/daemon/d.ts': take('../index.ts', 'a'),
        'src/testing/e.ts': take('../cli/c.ts', 'c'),
        'src/kit/f.ts': take('../testing/e.ts', 'c'),
      }),
    ).toEqual(['src/daemon/d.ts: layer-daemon', 'src/kit/f.ts: layer-kit', 'src/testing/e.ts: testing-below-cli'])
  })
})
