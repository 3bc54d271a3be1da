import type { Log } from '../../core/component.ts'
import { SluiceError } from '../../core/errors.ts'
import type { RedisConnection } from '../connection.ts'
import type { RedisReply } from '../sender.ts'
import type { GroupOptions } from './group-options.ts'

/**
 * The id up to which a group was given entries; undefined where there is no such group, or no such stream.
 *
 * @throws SLUICE_REDIS_WRONG_TYPE, and what keeps the server from answering
 */
export async function lastGiven(
  connection: RedisConnection,
  { stream, group, trim }: GroupOptions,
  log: Log,
): Promise<string | undefined> {
  let groups: readonly (readonly RedisReply[])[]
  try {
    groups = (await connection.send('xinfo', 'groups', stream)) as typeof groups
  } catch (error) {
    if (error instanceof SluiceError && error.message.includes('no such key')) return undefined
    throw error
  }
  if (trim === 'acked' && groups.some((each) => field(each, 'name') !== group)) {
    log.warn(`"${stream}" has other groups: with \`trim: acked\` they miss what this one acks first`)
  }
  const ours = groups.find((each) => field(each, 'name') === group)
  return ours && field(ours, 'last-delivered-id')
}

/** Names and values in turn. */
function field(of: readonly RedisReply[], name: string): string {
  return String(of[of.findIndex((each, at) => at % 2 === 0 && each === name) + 1])
}
