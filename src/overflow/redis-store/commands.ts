import type { RedisKeys } from '../../redis/keys.ts'
import type { RedisCommand } from '../../redis/sender.ts'
import type { Durability } from '../../redis/checks.ts'

/** Every command that is sent, or run by a script, with keys as they are: for a look at the permissions of the user. */
export function commandsOf(
  { frames, lease, epoch, commit }: RedisKeys,
  durability: Durability,
): readonly RedisCommand[] {
  return [
    ['eval', 'return 1', 0],
    ['evalsha', 'e0e1f9fabfc9d4800c877a703b823ac0578ff8db', 0],
    ['type', frames],
    ['time'],
    ['get', lease],
    ['set', lease, ''],
    ['pttl', lease],
    ['pexpire', lease, 1],
    ['del', lease],
    ['get', epoch],
    ['set', epoch, ''],
    ['exists', frames],
    ['xinfo', 'stream', frames],
    ['xadd', frames, '*', 'open', ''],
    ['xrange', frames, '-', '+', 'count', 1],
    ['xrevrange', frames, '+', '-', 'count', 1],
    ['xtrim', frames, 'minid', '=', 0],
    ['hmget', commit, 'next'],
    ['hset', commit, 'next', 1],
    ...(durability === 'replicated' ? [['wait', 1, 1] as const] : []),
  ]
}
