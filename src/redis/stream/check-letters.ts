import { SluiceError } from '../../core/errors.ts'
import type { RedisConnection } from '../connection.ts'
import { redisError } from '../errors.ts'
import { FAILED } from './scripts.ts'

interface LettersPlace {
  readonly stream: string
  /** Key of the hash of failures. */
  readonly failures: string
  /** Key of the stream of dead letters. */
  readonly letters: string
}

/**
 * Whether dead letters can be stored, before there is one: what can't be stored would come again for good.
 *
 * @throws SLUICE_REDIS_WRONG_TYPE, SLUICE_REDIS_CROSS_SLOT, and what keeps the server from answering
 */
export async function checkLetters(
  connection: RedisConnection,
  { stream, failures, letters }: LettersPlace,
): Promise<void> {
  const type = await connection.send('type', letters)
  if (type !== 'stream' && type !== 'none') {
    const message = `"${letters}" at ${connection.address} holds a ${String(type)} where a stream of dead letters is expected`
    throw redisError('SLUICE_REDIS_WRONG_TYPE', message)
  }
  try {
    // Of nothing: a cluster looks only where the keys are.
    await connection.run(FAILED, [stream, failures, letters], ['', '', 0, 0, 0])
  } catch (error) {
    if (!(error instanceof SluiceError) || error.code !== 'SLUICE_REDIS_CROSS_SLOT') throw error
    const message = `"${stream}" and its dead letters "${letters}" are in several slots of the cluster: name both with one hash tag, as "{orders}" and "{orders}:dead"`
    throw redisError('SLUICE_REDIS_CROSS_SLOT', message, error)
  }
}
