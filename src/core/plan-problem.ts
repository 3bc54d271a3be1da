/** Something that is wrong with a pipeline whose nodes are right one by one. */
export interface PlanProblem {
  /** A pipeline with an error must not run; with a warning it runs, but hardly as it was meant. */
  readonly severity: 'error' | 'warning'
  /** Empty for what concerns the pipeline. */
  readonly node: string
  /** The way to the setting inside the node; empty for the node as such. */
  readonly setting: readonly string[]
  readonly message: string
  readonly hint: string
}
