import type { Component } from '../core/spec.ts'
import type { NodeDraft } from './nodes.ts'
import type { OwnedOverflow } from './overflows.ts'

/** A node of the file with what could be made of it. */
export interface CheckedNode {
  readonly draft: NodeDraft
  readonly component: Component | undefined
  readonly overflows: readonly OwnedOverflow[]
}

/** The nodes of a pipeline. */
export interface CheckedNodes {
  readonly nodes: readonly CheckedNode[]
  /** The one that stands in no section. */
  readonly deadLetters: CheckedNode | undefined
}
