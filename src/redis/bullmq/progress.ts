import type { JobProgress } from 'bullmq'
import { unshelled } from '../../core/sole.ts'
import type { Message } from '../../core/message.ts'

/** Whoever has given jobs of a queue, in this process. */
export interface JobHolder {
  /** Tells a queue how far the job of a message is. @returns whether it was told; undefined where it has no such job */
  progress(message: Message, value: JobProgress): Promise<boolean> | undefined
}

const holders = new Set<JobHolder>()

/** @returns takes it away again */
export function holdsJobs(holder: JobHolder): () => void {
  holders.add(holder)
  return () => void holders.delete(holder)
}

/**
 * Tells the queue of a message how far its job is.
 *
 * @returns whether it was told; undefined where the message stands for no job, as children and batches do
 */
export function reportProgress(message: Message, value: JobProgress): Promise<boolean> | undefined {
  const origin = unshelled(message)
  if (origin === undefined) return undefined
  for (const holder of holders) {
    const told = holder.progress(origin, value)
    if (told !== undefined) return told
  }
  return undefined
}
