import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { clashesOf } from '../../src/config/clashes.ts'
import { loadAll } from '../../src/config/load-all.ts'
import { createRegistry } from '../../src/registry/registry.ts'
import { edited, modules, pathOf, problemsOf, write } from './loading.ts'

const registry = createRegistry()
const folder = mkdtempSync(join(tmpdir(), 'sluice-clashes-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Who clashes with whom, by their places, and why. */
function clashes(...wanted: string[]): unknown[] {
  const owners = wanted.map((each) => ({ wanted: each }))
  return clashesOf(owners).map(({ first, second, because }) => [
    owners.indexOf(first),
    owners.indexOf(second),
    ...(because === undefined ? [] : [because]),
  ])
}

async function messagesOf(text: string): Promise<string[]> {
  return (await problemsOf(text, { registry })).map(({ message }) => message)
}

/** The good file with an overflow at its consumer, in such a folder, and maybe something at its stage. */
function stored(place: string, stage = ''): string {
  return edited('    concurrency: 8\n', `    overflow: { store: { embedded: { folder: '${place}' } } }\n`).replace(
    'filter: data.amount > 0',
    `filter: data.amount > 0${stage}`,
  )
}

test('the same words clash, and folders that are one inside the other; neighbours do not', () => {
  expect(clashes('port 1', 'port 2', 'port 1', 'port 1')).toEqual([
    [0, 2],
    [0, 3],
  ])
  expect(clashes('folder /a/b', 'folder /a/bc', 'folder /a/b.c', 'file /a/b/c')).toEqual([])
  expect(clashes('folder /a/b', 'folder /a', 'folder /a/b/c/d')).toEqual([
    [0, 1, 'a folder around it'],
    [0, 2, 'a folder inside it'],
  ])
})

test('one folder may be filled by one and drained by another, and is nobody else’s', () => {
  const [filling, draining] = ['the filling of folder /a', 'the draining of folder /a']
  expect(clashes(filling, draining)).toEqual([])
  expect(clashes(filling, draining, 'folder /a')).toEqual([[0, 2, 'the same folder']])
  expect(clashes(filling, 'the draining of folder /a/b')).toEqual([[0, 1, 'a folder inside it']])
})

test('a symbolic link is the folder that it leads to, also where that has no such folder yet', () => {
  const [real, link] = [join(folder, 'real'), join(folder, 'link')]
  mkdirSync(real)
  symlinkSync(real, link)
  expect(clashes(`folder ${real}/new`, `folder ${link}/new`)).toEqual([[0, 1, 'the same folder']])
  expect(clashes(`folder ${link}`, `folder ${real}/new/newer`)).toEqual([[0, 1, 'a folder inside it']])
})

test('two overflows that want one folder by two names are told who wants which', async () => {
  const [real, link] = [join(folder, 'one'), join(folder, 'other')]
  mkdirSync(real)
  symlinkSync(real, link)
  const stage = `\n    overflow: { store: { embedded: { folder: '${real}' } } }`
  expect(await messagesOf(stored(link, stage))).toEqual([
    `the overflow of \`ingress → valid\` wants \`folder ${real}\`, and the overflow of \`batches → ledger\` wants \`folder ${link}\`: the same folder`,
  ])
})

test('an overflow in the default folder of another, or around it, is told so', async () => {
  const other = pathOf('.sluice/payments/overflow.ingress.valid')
  expect(await messagesOf(stored(other, '\n    overflow: true'))).toEqual([
    `the overflow of \`ingress → valid\` and the overflow of \`batches → ledger\` both want \`folder ${other}\``,
  ])
  const [message] = await messagesOf(stored(pathOf('.sluice'), '\n    overflow: true'))
  expect(message).toContain(': a folder around it')
})

test('an overflow and a pair that want one folder are found, in one file and in two', async () => {
  const pair = (name: string) => `pipeline: ${name}
producers:
  source: { generate: {} }
consumers:
  end: { from: source, overflow: { name: spilled } }
`
  const place = pathOf('.sluice/overflow.spilled')
  const twice = `${pair('both')}  more: { from: source, discard: {}, overflow: { store: { embedded: { folder: '${place}' } } } }\n`
  expect(await messagesOf(twice)).toEqual([
    `\`end\` wants \`the filling of folder ${place}\`, and the overflow of \`source → more\` wants \`folder ${place}\`: the same folder`,
  ])
  const files = [write(pair('spill'), 'spill.yaml'), write(stored(place), 'stored.yaml')]
  const { errors } = await loadAll(files, { registry, modules, environment: {}, memoryBudget: 1e9 })
  expect(errors.flatMap(({ problems }) => problems.map(({ message }) => message))).toEqual([
    `\`end\` in ${files[0]} wants \`the filling of folder ${place}\`, and the overflow of \`batches → ledger\` wants \`folder ${place}\`: the same folder`,
  ])
})

test('a folder from a variable is not shown where it is another’s by another name', async () => {
  const text = stored('${PLACE}/in', "\n    overflow: { store: { embedded: { folder: '${PLACE}' } } }")
  const problems = await problemsOf(text, { registry, environment: { PLACE: '/secret/place' } })
  expect(problems.map(({ message }) => message)).toEqual([
    'the overflow of `ingress → valid` wants a folder, and the overflow of `batches → ledger` a folder inside it',
  ])
})
