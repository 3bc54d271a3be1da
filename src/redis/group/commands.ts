import type { RedisCommand } from '../sender.ts'
import type { GroupKeys } from './keys.ts'

/** Every command that is sent, or run by a script, with keys as they are: for a look at the permissions of the user. */
export function commandsOf(keys: GroupKeys, isKept: boolean): readonly RedisCommand[] {
  const { members, holders, positions, messages, channel } = keys
  const both: readonly RedisCommand[] = [
    ['eval', 'return 1', 0],
    ['evalsha', 'e0e1f9fabfc9d4800c877a703b823ac0578ff8db', 0],
    ['time'],
    ['zadd', members, 0, ''],
    ['zscore', members, ''],
    ['zrangebyscore', members, 0, 0],
    ['zrem', members, ''],
    ['hget', holders, ''],
    ['hset', holders, '', ''],
    ['hdel', holders, ''],
  ]
  if (!isKept) return [...both, ['publish', channel, '']]
  return [
    ...both,
    ['hget', positions, ''],
    ['hset', positions, '', ''],
    ['hdel', positions, ''],
    ['hvals', positions],
    ['exists', messages],
    ['xinfo', 'stream', messages],
    ['xadd', messages, '*', 'data', ''],
    ['xlen', messages],
    ['xrevrange', messages, '+', '-', 'count', 1],
    ['xtrim', messages, 'minid', '=', 0],
    ['xread', 'streams', messages, '0-0'],
  ]
}
