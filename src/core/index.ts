export * from './component.ts'
export {
  configure,
  use,
  type Configured,
  type ConfiguredConsumer,
  type ConfiguredProducer,
  type ConfiguredStage,
  type KeyOf,
} from './configured.ts'
export { realEnv, type Env, type Timer } from './env.ts'
export { asError, KERNEL_ERRORS, kindOf, messageError, placeError, SluiceError, type ErrorKind } from './errors.ts'
export { Graph, type GraphOptions } from './graph.ts'
export type { Report } from './lifecycle.ts'
export { Message } from './message.ts'
export { bind, type Component, type EdgeSpec, type NodeSettings, type NodeSpec, type PipelineSpec } from './spec.ts'
export { checkPipeline } from './check.ts'
export type { PlanProblem } from './plan-problem.ts'
export type { EdgeStats, NodeStats, PipelineStats } from './stats.ts'
