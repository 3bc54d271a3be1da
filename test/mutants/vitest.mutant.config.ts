import { defineConfig, type Plugin } from 'vitest/config'
import type { Mutant } from './mutant.ts'

/** Runs tests on sources of which one is changed at load; nothing on the disk is. */
const mutant = JSON.parse(process.env['SLUICE_MUTANT']!) as Mutant

function mutate({ file, find, replace }: Mutant): Plugin {
  return {
    name: 'mutate',
    enforce: 'pre',
    transform(code, id) {
      if (!id.split('?')[0]!.endsWith(`/${file}`)) return undefined
      const found = code.split(find).length - 1
      if (found !== 1)
        throw new Error(`a mutant of ${file} must find its text once, it is there ${found} times: ${find}`)
      return code.replace(find, () => replace)
    },
  }
}

export default defineConfig({
  plugins: [mutate(mutant)],
  test: {
    include: ['test/**/*.test.ts', 'test/mutants/seeds.run.ts'],
    testTimeout: 120_000,
    // A mutant may loop for ever: a thread ends with its process, a process of its own would not.
    pool: 'threads',
    maxWorkers: 1,
  },
})
