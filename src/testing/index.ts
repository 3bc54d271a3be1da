/** What tests of components, of pipelines and of the kernel need. Not loaded by a pipeline that runs. */
export { conformance, conformanceTests, type Check, type TestRegistry } from './conformance/conformance.ts'
export type { Samples } from './conformance/samples.ts'
export { frameStoreChecks, frameStoreContract, type MakePlace } from './frame-store/contract.ts'
export type { FrameStorePlace } from './frame-store/trial.ts'
export type {
  FrameChunk,
  FrameStore,
  FrameStoreEvents,
  NewFrame,
  NumberedFrame,
  StoredSettled,
} from '../overflow/spill/frame-store.ts'
export type { Settled, StoredRange } from '../core/overflow-store.ts'
export type { Testable } from './harness/component.ts'
export { harness } from './harness/harness.ts'
export type { HarnessOptions, TestLogLine } from './harness/subject.ts'
export type { TestOutcome } from './harness/ends.ts'
export type { Report } from '../core/lifecycle.ts'
export type { AnyRun, ConsumerRun, GivingRun, ProducerRun, StageRun, TakingRun, TestFigures } from './harness/run.ts'
export { addTo, emptyTally, narrate, runSeeds, summarize, type Tally } from './simulator/campaign.ts'
export { replay, type Replay } from './replay/replay.ts'
export { FAULTS, type Fault } from './simulator/faults.ts'
export type { Reduction } from './simulator/reduction.ts'
export { simulate, type Outcome, type SimulateOptions, type Violation } from './simulator/simulate.ts'
