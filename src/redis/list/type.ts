import type { RedisConnection } from '../connection.ts'
import { redisError } from '../errors.ts'

/** @throws SLUICE_REDIS_WRONG_TYPE where a key holds something that is no list */
export async function mustBeList(connection: RedisConnection, key: string): Promise<void> {
  const type = await connection.send('type', key)
  if (type === 'list' || type === 'none') return
  const message = `"${key}" at ${connection.address} holds a ${String(type)} where a list is expected`
  throw redisError('SLUICE_REDIS_WRONG_TYPE', message)
}
