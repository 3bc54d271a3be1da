import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { WRITER } from './file-writer.ts'
import { file, folder, within } from './sluice.ts'

const NUMBERS = Array.from({ length: 8 }, (_, number) => number)
/** How often each kind of writer is killed. */
const KILLS = 12
/** The calls before and after which it is: those that make something durable, seen or gone. */
const CALLS = new Set(['datasync', 'rename', 'remove'])
const AT_ONCE = 2

interface Orders {
  readonly options: object
  readonly numbers: readonly number[]
  /** Of all moments before and after calls to the file system the one at which it kills itself; 0 for none. */
  readonly killAt: number
}

interface Written {
  readonly signal: NodeJS.Signals | null
  readonly acked: readonly number[]
  /** Of one that came to its end, the calls of all its moments. */
  readonly moments: readonly string[]
}

async function write(orders: Orders): Promise<Written> {
  const program = file(WRITER, 'writer.mjs')
  const child = spawn(process.execPath, [program, JSON.stringify(orders)], { stdio: ['ignore', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const ended = within(once(child, 'close'), () => `the end of ${JSON.stringify(orders)}:\n${stderr}`)
  const [exitCode, signal] = (await ended) as [number | null, NodeJS.Signals | null]
  if (signal === null && exitCode !== 0) throw new Error(stderr)
  const moments = /^ended: (.+)$/m.exec(stdout)?.[1]?.split(' ') ?? []
  const acked = stdout.split('\n').flatMap((line) => (/^\d+$/.test(line) ? [Number(line)] : []))
  return { signal, acked, moments }
}

/** Files that are not hidden, by their paths, with the numbers in them. A file that is not whole throws. */
function seenIn(root: string): ReadonlyMap<string, readonly number[]> {
  const entries = readdirSync(root, { recursive: true, withFileTypes: true })
  const paths = entries
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
    .map((entry) => join(entry.parentPath, entry.name))
  return new Map(paths.map((path) => [path, numbersIn(path)]))
}

function numbersIn(path: string): readonly number[] {
  const bytes = readFileSync(path)
  const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString()
  if (text !== '' && !text.endsWith('\n')) throw new Error(`${path} ends with a torn line`)
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => (JSON.parse(line) as { number: number }).number)
}

function partsIn(root: string): readonly string[] {
  return (readdirSync(root, { recursive: true }) as string[]).filter((path) => path.endsWith('.sluice-part'))
}

/** Kills a writer, looks at what is there, and lets another one write what was not acked. */
async function checkKilled(place: (root: string) => object, killAt: number): Promise<void> {
  const root = folder()
  const options = place(root)
  const { signal, acked } = await write({ options, numbers: NUMBERS, killAt })
  expect(signal).toBe('SIGKILL')
  const seen = [...seenIn(root).values()].flat()
  expect(seen).toEqual(expect.arrayContaining([...acked]))
  const numbers = NUMBERS.filter((number) => !acked.includes(number))
  expect(await write({ options, numbers, killAt: 0 })).toMatchObject({ signal: null })
  expect(partsIn(root)).toEqual([])
  const files = seenIn(root)
  const written = [...files.values()].flat()
  expect(new Set(written)).toEqual(new Set(NUMBERS))
  for (const number of NUMBERS) {
    const copies = written.filter((other) => other === number).length
    const isWrittenTwice = seen.includes(number) && numbers.includes(number)
    expect(copies, `copies of ${number}`).toBeLessThanOrEqual(isWrittenTwice ? 2 : 1)
  }
  if (JSON.stringify(options).includes('gzip'))
    expect([...files.keys()].filter((path) => /-\d+\.ndjson$/.test(basename(path)))).toEqual([])
}

test.each([
  {
    what: 'an atomic file',
    place: (root: string) => ({
      path: join(root, 'x.ndjson'),
      atomic: true,
      rotate: { every: '1h', size: '1KiB' },
    }),
  },
  {
    what: 'atomic files below a root',
    place: (root: string) => ({ root, to: 'data.to', atomic: true, maxOpen: 1, rotate: { every: '1h', size: '2KiB' } }),
  },
  {
    what: 'files below a root that are rotated and compressed',
    place: (root: string) => ({ root, to: 'data.to', fsync: 'each', rotate: { size: '1KiB', gzip: true } }),
  },
])(
  'killed at any moment, $what: nothing half is seen, nothing acked is missing, and the next start puts it in order',
  async ({ place }) => {
    const { moments } = await write({ options: place(folder()), numbers: NUMBERS, killAt: 0 })
    const bad = moments.flatMap((call, index) => (CALLS.has(call) ? [index + 1] : []))
    expect(bad.length).toBeGreaterThan(KILLS)
    const kills = Array.from({ length: KILLS }, (_, kill) => bad[Math.floor(((kill + 0.5) * bad.length) / KILLS)]!)
    for (let first = 0; first < KILLS; first += AT_ONCE)
      await Promise.all(kills.slice(first, first + AT_ONCE).map((killAt) => checkKilled(place, killAt)))
  },
)
