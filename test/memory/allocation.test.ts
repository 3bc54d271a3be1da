import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const PROGRAM = fileURLToPath(new URL('allocation.js', import.meta.url))
/** A young generation that holds everything the program makes, in MiB. */
const SPACE = 512
/** What the kernel may allocate for a message beside the message itself. */
const BYTES_BESIDE = 16

test.each([
  ['integers', ''],
  ['objects', ''],
  ['integers', 'overflow'],
  ['objects', 'overflow'],
])(
  'allocation: a message on its way through a chain of maps to %s (%s) costs itself, the values that handlers make, and 16 bytes at most',
  (kind, overflow) => {
    const flags = [`--min-semi-space-size=${SPACE}`, `--max-semi-space-size=${SPACE}`, '--trace-gc']
    const { stdout, stderr } = spawnSync(process.execPath, [...flags, PROGRAM, kind, overflow], { encoding: 'utf8' })
    expect(stderr).toBe('')
    // A collection would have printed a line of its own, and made the figures worthless.
    const lines = stdout.trimEnd().split('\n')
    expect(lines).toHaveLength(1)
    const { messageBytes, valueBytes, grownBytes } = JSON.parse(lines[0]!)
    expect(messageBytes).toBeGreaterThan(0)
    expect(valueBytes > 1).toBe(kind === 'objects')
    expect(grownBytes).toBeGreaterThan(messageBytes + valueBytes)
    expect(grownBytes).toBeLessThanOrEqual(messageBytes + valueBytes + BYTES_BESIDE)
  },
)
