import { join } from 'node:path'
import { expect, test } from 'vitest'
import { inPlantedProject, ROOT, run } from './planted.ts'

const PASSING = "import { test } from 'vitest'\n\ntest('a', () => {})\ntest('b', () => {})\n"

/** The exit code and the last line of a run of planted test files. */
function lastLine(
  files: Readonly<Record<string, string>>,
  settings = '',
): { status: number | null; line: string | undefined } {
  const reporter = JSON.stringify(join(ROOT, 'test/reporter.ts'))
  const config = `export default { test: { reporters: ['default', ${reporter}], ${settings} } }\n`
  return inPlantedProject([], { 'vitest.config.ts': config, ...files }, (folder) => {
    const { status, stdout } = run('vitest/vitest.mjs', ['run'], folder)
    return { status, line: stdout.trimEnd().split('\n').at(-1) }
  })
}

test('the last line of a run, alone, has its totals', () => {
  expect(lastLine({ 'a.test.ts': PASSING })).toEqual({ status: 0, line: '2 passed, 0 failed' })
})

test('failed and skipped tests, files that cannot be loaded, broken hooks and stray rejections are counted', () => {
  const failing =
    "import { expect, test } from 'vitest'\n\ntest('c', () => expect(1).toBe(2))\ntest.skip('d', () => {})\n"
  const hooked =
    "import { beforeAll, describe, test } from 'vitest'\n\ndescribe('e', () => {\n  beforeAll(() => {\n    throw new Error('hook')\n  })\n  test('f', () => {})\n})\n"
  const stray = "import { test } from 'vitest'\n\ntest('g', () => void Promise.reject(new Error('stray')))\n"
  const files = {
    'passing.test.ts': PASSING,
    'failing.test.ts': failing,
    'unloadable.test.ts': "import './nowhere.ts'\n",
    'empty.test.ts': '',
    'hooked.test.ts': hooked,
    'stray.test.ts': stray,
  }
  expect(lastLine(files)).toEqual({ status: 1, line: '3 passed, 5 failed, 2 skipped' })
})

test('a run that ends badly before its first test has failed once', () => {
  const setup = { 'setup.ts': "export default () => {\n  throw new Error('set-up')\n}\n", 'a.test.ts': PASSING }
  expect(lastLine(setup, "globalSetup: ['./setup.ts']")).toEqual({ status: 1, line: '0 passed, 1 failed' })
})
