import { totalmem } from 'node:os'
import { getHeapStatistics } from 'node:v8'

/** What bounds the memory of a process, in bytes. */
export interface MemoryLimits {
  /** Of the container; undefined or 0 where there is none. */
  readonly container: number | undefined
  readonly machine: number
  /** Of V8's heap, which doesn't bound Buffers. */
  readonly heap: number
}

const SHARE = 0.6

/** What the pipelines of this process may use together, in bytes: 60 % of the tightest limit (D22). */
export function memoryBudget({ container, machine, heap }: MemoryLimits = limitsOfProcess()): number {
  return Math.floor(SHARE * Math.min(container || Infinity, machine, heap))
}

function limitsOfProcess(): MemoryLimits {
  return { container: process.constrainedMemory(), machine: totalmem(), heap: getHeapStatistics().heap_size_limit }
}
