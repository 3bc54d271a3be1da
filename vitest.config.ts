import { defineConfig } from 'vitest/config'

const SECOND = 1000

/** Groups run one after the other: what measures or floods shares the cores with nothing else. */
const ORDER = { unit: 0, simulation: 1, mutants: 2, integration: 3, e2e: 4 }

/** Folders with a project of their own; every other test is a unit test. */
const APART = ['simulation', 'mutants', 'redis', 'e2e']

export default defineConfig({
  test: {
    reporters: ['default', './test/reporter.ts'],
    // The default leaves a core to a watching editor, which on two cores is half of the machine.
    maxWorkers: '100%',
    coverage: { provider: 'v8', include: ['src/**/*.ts'] },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [...APART.map((folder) => `test/${folder}/**`), 'test/.tmp/**'],
          // Generous, for two busy cores: a limit ends a hang, it is no measurement.
          testTimeout: 30 * SECOND,
          hookTimeout: 30 * SECOND,
          sequence: { groupOrder: ORDER.unit },
          typecheck: {
            enabled: true,
            checker: 'tsc',
            tsconfig: './tsconfig.json',
            include: ['test/**/*.test-d.ts'],
            // `npm run types` reports what is wrong elsewhere.
            ignoreSourceErrors: true,
          },
        },
      },
      {
        extends: true,
        test: {
          name: 'simulation',
          include: ['test/simulation/**/*.test.ts'],
          testTimeout: 180 * SECOND,
          hookTimeout: 60 * SECOND,
          sequence: { groupOrder: ORDER.simulation },
        },
      },
      {
        extends: true,
        test: {
          name: 'mutants',
          include: ['test/mutants/**/*.test.ts'],
          testTimeout: 180 * SECOND,
          hookTimeout: 60 * SECOND,
          sequence: { groupOrder: ORDER.mutants },
        },
      },
      {
        extends: true,
        test: {
          // Real servers, started by the tests themselves.
          name: 'integration',
          include: ['test/redis/**/*.test.ts'],
          testTimeout: 60 * SECOND,
          hookTimeout: 60 * SECOND,
          sequence: { groupOrder: ORDER.integration },
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: ['./test/e2e/build.ts'],
          testTimeout: 60 * SECOND,
          hookTimeout: 60 * SECOND,
          sequence: { groupOrder: ORDER.e2e },
        },
      },
    ],
  },
})
