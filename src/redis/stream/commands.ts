import type { RedisCommand } from '../sender.ts'
import type { GroupOptions } from './group-options.ts'
import { RENEW } from './scripts.ts'

/** Every command that is sent for a group, or run by a script, with keys as they are. */
export function commandsOf(
  { stream, group, create, trim, deadLetters }: GroupOptions,
  consumer: string,
  [failures, incarnation]: readonly [failures: string, incarnation: string],
): RedisCommand[] {
  return [
    ['xinfo', 'groups', stream],
    ['xinfo', 'stream', stream],
    ['xgroup', 'setid', stream, group, '$'],
    ['xreadgroup', 'group', group, consumer, 'count', 1, 'streams', stream, '>'],
    ['xautoclaim', stream, group, consumer, 1, '0'],
    ['xack', stream, group, '0-0'],
    ['xrange', stream, '0', '0'],
    ['xpending', stream, group, '0', '0', 1],
    ['xclaim', stream, group, consumer, 0, '0-0'],
    ['get', incarnation],
    ['eval', 'return 1', 0],
    ['evalsha', RENEW.sha, 0],
    ['exists', stream],
    ...(create
      ? ([
          ['xgroup', 'create', stream, group, '$'],
          ['set', incarnation, ''],
        ] as const)
      : []),
    ...(trim === 'acked' ? ([['xdel', stream, '0-0']] as const) : []),
    ...(deadLetters === undefined ? [] : commandsOfLetters(deadLetters.stream, failures)),
  ]
}

function commandsOfLetters(letters: string, failures: string): RedisCommand[] {
  return [
    ['type', letters],
    ['xadd', letters, '*', 'a', ''],
    ['hset', failures, 'a', ''],
    ['hmget', failures, 'a'],
    ['hdel', failures, 'a'],
    ['pexpire', failures, 1],
  ]
}
