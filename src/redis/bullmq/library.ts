import { asError } from '../../core/errors.ts'
import { componentError } from '../../kit/component-errors.ts'

/** What BullMQ exports. */
export type Bull = typeof import('bullmq')

/**
 * BullMQ, loaded for the first node that asks for it.
 *
 * @throws SLUICE_BULLMQ_MISSING where it can't be loaded, or is another than we know: older than 6, or without what its
 *   workers complete jobs by
 */
export async function loadBull(load: () => Promise<Bull> = () => import('bullmq')): Promise<Bull> {
  let bull: Bull
  try {
    bull = await load()
  } catch (error) {
    throw componentError('SLUICE_BULLMQ_MISSING', `BullMQ can't be loaded: ${asError(error).message}`, error)
  }
  if (!('RedisQueueBackend' in bull)) {
    throw componentError('SLUICE_BULLMQ_MISSING', 'the BullMQ that is installed is too old: version 6 is needed')
  }
  if (!('handleCompleted' in bull.Worker.prototype)) {
    throw componentError('SLUICE_BULLMQ_MISSING', 'the BullMQ that is installed is too new: take one of 6.2 to 6.7')
  }
  return bull
}
