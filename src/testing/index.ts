/** What tests of pipelines and of the kernel need. Not loaded by a pipeline that runs. */
export { narrate, runSeeds, summarize, type SeedResult } from './simulator/campaign.ts'
export { FAULTS, type Fault } from './simulator/faults.ts'
export { simulate, type Outcome } from './simulator/simulate.ts'
