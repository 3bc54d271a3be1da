import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { buildOf, type Build } from '../../scripts/reference/built.mjs'
import { docstringOf } from '../../scripts/reference/docstring.mjs'
import { referenceOf } from '../../scripts/reference/document.mjs'
import { anchor } from '../../scripts/reference/markdown.mjs'
import { optionsTable } from '../../scripts/reference/options.mjs'
import { bytes } from '../../src/kit/units.ts'
import { ROOT } from './planted.ts'

const FILE = join(ROOT, 'docs/reference.md')

describe('docs/reference.md', () => {
  const text = readFileSync(FILE, 'utf8')
  let build: Build
  beforeAll(async () => {
    build = await buildOf((path) => import(/* @vite-ignore */ join(ROOT, `src/${path}.ts`)))
  })

  test('is what the sources say; if not, `npm run reference` writes it', async () => {
    expect(await referenceOf(build)).toBe(text)
  })

  test('has every component with every option and its description', async () => {
    for (const kind of ['producer', 'stage', 'consumer'] as const) {
      for (const name of await build.registry.names(kind)) {
        const { options } = await build.registry.load(kind, name)
        const { properties = {} } = z.toJSONSchema(options, { io: 'input', unrepresentable: 'any' })
        // A producer and a consumer may have one name.
        const parts = text.split(`\n### ${name}\n`).slice(1)
        expect(parts.length).toBeGreaterThan(0)
        const said = parts.map((part) => part.split('\n### ')[0]).join('\n')
        for (const [option, schema] of Object.entries(properties)) {
          const { description = 'a description' } = schema as { description?: string }
          expect(said).toMatch(new RegExp(`\\n\\| \`${option}\` \\|.*${literal(description)} \\|\\n`))
        }
      }
    }
  })

  test('has every setting, name, function, metric, exit code and error code', () => {
    const { settings, names, functions, metrics, exits, errors } = build
    const signatures = Object.values(functions).map(({ signature }) => signature)
    const codes = errors.flatMap(({ entries }) => Object.keys(entries))
    expect(codes.length).toBeGreaterThan(80)
    const tops = [settings.pipelineSettings, settings.nodeSettings].flatMap(({ shape }) => Object.keys(shape))
    const figures = metrics.flatMap((family) => family.metrics.map(({ name }) => name))
    const all = [...tops, ...figures, ...Object.keys(names), ...signatures, ...Object.keys(exits), ...codes]
    expect(all.filter((word) => !text.includes(`\n| \`${word}\` |`))).toEqual([])
  })

  test('has as many cells in each row as its table has columns, and no link into nothing', () => {
    const anchors = new Set([...text.matchAll(/^#+ (.*)$/gm)].map(([, title]) => anchor(title!)))
    const links = [...text.matchAll(/\]\(#([^)]*)\)/g)].map(([, link]) => link!)
    expect(links.filter((link) => !anchors.has(link))).toEqual([])
    for (const table of text.match(/(?:^\|.*\n)+/gm) ?? []) {
      const columns = table
        .trimEnd()
        .split('\n')
        .map((row) => row.match(/(?<!\\)\|/g)!.length)
      expect(new Set(columns).size).toBe(1)
    }
  })
})

describe('npm run reference', () => {
  let folder: string
  beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'sluice-reference-'))))
  afterAll(() => rmSync(folder, { recursive: true }))
  const reference = (...args: string[]) =>
    spawnSync(process.execPath, [join(ROOT, 'scripts/reference.mjs'), ...args], { encoding: 'utf8' })

  test('with --check, fails on a file that is missing or stale, leaves it alone, and takes what it has written', () => {
    const file = join(folder, 'reference.md')
    expect(reference('--check', file)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('npm run reference'),
    })
    writeFileSync(file, 'stale')
    expect(reference('--check', file).status).toBe(1)
    expect(readFileSync(file, 'utf8')).toBe('stale')
    expect(reference(file)).toMatchObject({ status: 0, stderr: '' })
    expect(reference('--check', file)).toMatchObject({ status: 0, stderr: '' })
  })
})

describe('parts of the reference', () => {
  test('options inside of others stand below them, with type, limits and default', () => {
    const schema = z.strictObject({
      size: z.int().min(1).max(1000).describe('A size.'),
      inner: z.strictObject({ mode: z.enum(['a', 'b']).default('a').describe('This | that.') }).prefault({}),
      many: z.record(z.string(), z.strictObject({ limit: bytes({ max: '1KiB' }).optional() })).optional(),
    })
    expect(
      optionsTable(z.toJSONSchema(schema, { io: 'input' }) as object)
        .split('\n')
        .slice(2),
    ).toEqual([
      '| `size` | whole number | 1 to 1,000 | required | A size. |',
      '| `inner` | map |  |  |  |',
      '| `inner.mode` | `a` or `b` |  | `a` | This \\| that. |',
      '| `many` | map of names to maps |  |  |  |',
      '| `many.<name>.limit` | [size](#durations-and-sizes) | 0B to 1KiB |  |  |',
    ])
  })

  test('a docstring has a text, and facts that may go over several lines', () => {
    const source = [
      '/** Something else. */',
      'const a = 1',
      '',
      '/**',
      ' * Does this',
      ' * and that.',
      ' *',
      ' * Shape:  in a, out b;',
      ' *         in order.',
      ' * Errors: none.',
      ' */',
      'export default defineStage({})',
    ].join('\n')
    expect(docstringOf(source)).toEqual({
      text: 'Does this\nand that.',
      facts: new Map([
        ['Shape', 'in a, out b; in order.'],
        ['Errors', 'none.'],
      ]),
    })
  })
})

function literal(text: string): string {
  return text.replaceAll('|', '\\|').replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
