export { ManualEnv } from '../../src/testing/manual-env.ts'
