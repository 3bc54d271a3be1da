import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const RUN = fileURLToPath(new URL('../../bench/run.js', import.meta.url))

function bench(...args: string[]) {
  return spawnSync(process.execPath, [RUN, ...args], { encoding: 'utf8' })
}

describe('npm run bench', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-bench-'))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  test('prints one table and writes the same figures to --json', () => {
    const file = join(folder, 'results.json')
    const { status, stdout } = bench(
      '--quick',
      '--pairs',
      '1',
      '--case',
      'maxDemand 100:',
      '--case',
      'rxjs',
      '--json',
      file,
    )
    expect(status).toBe(0)
    expect(stdout).toMatch(/^4 stages, maxDemand 100 +RxJS .* 0$/m)
    const figure = expect.any(Number)
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual([
      {
        case: '4 stages, maxDemand 100',
        unit: 'messages/s',
        sluice: figure,
        peers: { RxJS: figure },
        ratios: { RxJS: { median: figure, low: figure, high: figure } },
      },
    ])
  })

  test('a filter that nothing matches is answered with what there is', () => {
    const { status, stderr } = bench('--case', 'nothing like it')
    expect(status).toBe(64)
    expect(stderr).toContain('no case matches nothing like it')
    expect(stderr).toContain('4 stages, maxDemand 1000: RxJS')
  })

  test('an unknown option is answered with the usage', () => {
    const { status, stderr } = bench('--pears', '3')
    expect(status).toBe(64)
    expect(stderr).toContain('--pairs N')
    expect(stderr).not.toContain('    at ')
  })
})

test('bench: without counters, nothing is counted', () => {
  const program = `
    import { withoutCounters } from '${new URL('../../bench/scrape/without-counters.js', import.meta.url).href}'
    withoutCounters()
    const { Counters } = await import('${new URL('../../dist/core/counters.js', import.meta.url).href}')
    const counters = new Counters()
    counters.took(3, 100)
    process.stdout.write(String(counters.in))
  `
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' })
  expect(stdout).toBe('0')
})
