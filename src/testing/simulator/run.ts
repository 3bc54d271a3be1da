import type { Graph } from '../../core/graph.ts'
import type { Message } from '../../core/message.ts'
import { Part } from '../../core/part.ts'
import type { AttemptWatch } from './attempt-watch.ts'
import type { Faults } from './faults.ts'
import type { Oracle } from './oracle.ts'
import type { Outside } from './outside.ts'
import type { Random } from './random.ts'
import type { Scenario } from './scenario.ts'
import type { World } from './world.ts'

/** A simulated run in the making: what its nodes, its checks and its schedule share. */
export interface Run extends Lasting {
  readonly oracle: Oracle
  readonly attempts: AttemptWatch
  readonly graph: Graph
  /** The node whose `onFailure: stop` ends this process. */
  stoppedBy: string | undefined
  /** The process is gone. */
  hasCrashed: boolean
}

/** What is the same in each process of a run. */
export interface Lasting {
  readonly scenario: Scenario
  readonly random: Random
  readonly world: World
  readonly faults: Faults
  readonly trace: Trace
  readonly outside: Outside
  /** The message that makes a place look as if it were down, and the node behind which that place is. */
  readonly poisonous: { readonly node: string; readonly root: string }
  /** Remembers the first invariant that did not hold; thrown later, because the kernel would catch it here. */
  violated(invariant: string, detail: string): void
}

/** What happened, as a hash; and in words where somebody wants to read it. */
export class Trace {
  hash = 0x811c9dc5
  length = 0
  readonly lines: string[] | undefined

  constructor(isKept: boolean) {
    this.lines = isKept ? [] : undefined
  }

  add(what: string, node: string, detail = ''): void {
    this.length++
    this.#mix(what)
    this.#mix(node)
    this.#mix(detail)
    this.lines?.push(`${what} ${node} ${detail}`)
  }

  #mix(text: string): void {
    for (let i = 0; i < text.length; i++) this.hash = Math.imul(this.hash ^ text.charCodeAt(i), 0x01000193)
  }
}

/** The name of a message of a producer, as the oracle knows it. */
export function rootOf(producer: string, message: Message): string {
  return `${producer}:${message.position}`
}

/** Whether a message was made of a letter, by a producer of the kernel's. */
export function isRetried({ envelope }: Message): boolean {
  return envelope.group.origin.name.startsWith('retry-')
}

/** The names of all messages of producers that end as this one does, or that wait for it. */
export function rootsOf(message: Message): string[] {
  let top = message
  while (top.parent !== undefined) top = top instanceof Part ? top.source : top.parent
  return top.kin?.parts?.flatMap(rootsOf) ?? [rootOf(top.envelope.group.origin.name, top)]
}
