import { hashOf } from './random.ts'

/** What a simulated message carries: where it comes from, and which child of which child it is. */
export interface Payload {
  /** `producer:sequence`. */
  readonly root: string
  readonly sequence: number
  readonly path: string
}

/** The payloads in a message: one, or those of a batch of batches. */
export function leavesOf(data: unknown): Payload[] {
  return Array.isArray(data) ? data.flatMap(leavesOf) : [data as Payload]
}

/** New data that says the same: handlers never change what they were given. */
export function copyOf(data: unknown): unknown {
  return Array.isArray(data) ? data.map(copyOf) : { ...(data as Payload) }
}

/** What a stage gives for a payload: always the same, so that the model knows as well. */
export function childrenOf(node: string, role: string, payload: Payload): Payload[] {
  if (role !== 'expand' && role !== 'pull' && role !== 'split' && role !== 'regroup') return [payload]
  const most = role === 'pull' ? 6 : 3
  const count = hashOf(nameAt(node, payload)) % (most + 1)
  return Array.from({ length: count }, (_, index) => ({ ...payload, path: `${payload.path}.${index}` }))
}

/** Whether a filter lets a payload through. */
export function passesFilter(node: string, payload: Payload): boolean {
  return hashOf(nameAt(node, payload)) % 4 !== 0
}

/** A payload at a node, as the model keeps it. */
export function nameAt(node: string, { root, path }: Payload): string {
  return `${node}/${root}/${path}`
}
