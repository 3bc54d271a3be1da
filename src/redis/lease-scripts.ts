import { script } from './script.ts'

/**
 * The value of a lease is `<owner>|<holder>|<epoch>`: who it is for people, which object it is, and its turn. The first
 * two together are the claim.
 *
 * `allow-oom` (Redis 7.0): the owner of a full server may die, and then nobody could take over, drain and so make room.
 */
const ALLOW_OOM = '#!lua flags=allow-oom'

/** Numbers beyond 10^14 would be written as 1.7e+14. */
const WHOLE = `local function whole(number) return string.format('%.0f', number) end`

/**
 * KEYS: lease, epoch, and the stream that is fenced, if any. ARGV: the claim with its last `|`, the owner, the ttl in ms.
 * Gives {1, the value} when taken; {0, the value that is there, what is left of its ttl in ms} when refused.
 *
 * The epoch is higher than all before: higher than the last by the counter; by the clock, where a failover has lost the
 * counter; by the stream, where a clock was set back as well. The opening entry makes the server refuse, from here on,
 * every entry of an earlier epoch.
 */
export const ACQUIRE = script(
  'acquire a lease',
  `${ALLOW_OOM}
${WHOLE}
local held = redis.call('GET', KEYS[1])
if held and string.sub(held, 1, #ARGV[1]) ~= ARGV[1] then
  return {0, held, redis.call('PTTL', KEYS[1])}
end
local time = redis.call('TIME')
local epoch = time[1] * 1000 + math.floor(time[2] / 1000)
epoch = math.max(epoch, (tonumber(redis.call('GET', KEYS[2]) or '0') or 0) + 1)
if KEYS[3] and redis.call('EXISTS', KEYS[3]) == 1 then
  local info = redis.call('XINFO', 'STREAM', KEYS[3])
  for at = 1, #info, 2 do
    if info[at] == 'last-generated-id' then
      epoch = math.max(epoch, tonumber(string.match(info[at + 1], '^%d+')) + 1)
    end
  end
end
local value = ARGV[1] .. whole(epoch)
if KEYS[3] then
  redis.call('XADD', KEYS[3], whole(epoch) .. '-0', 'open', ARGV[2])
end
redis.call('SET', KEYS[2], whole(epoch))
redis.call('SET', KEYS[1], value, 'PX', ARGV[3])
return {1, value}`,
)

/** KEYS: lease. ARGV: the value, the ttl in ms. Gives 1, or 0 where it is no more ours. */
export const RENEW = script(
  'renew a lease',
  `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return 0`,
)

/** KEYS: lease. ARGV: the claim with its last `|`. Gives 1, or 0 where it wasn't ours. */
export const RELEASE = script(
  'release a lease',
  `local held = redis.call('GET', KEYS[1])
if held and string.sub(held, 1, #ARGV[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0`,
)
