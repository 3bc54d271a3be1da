import { script } from '../script.ts'
import { LONGEST_TTL_MS } from './options.ts'

/**
 * What goes on when the memory of the server is full (Redis 7.0): that members are known, and what they have handled, so
 * that what they have had is removed, which makes room.
 */
const ALLOW_OOM = '#!lua flags=allow-oom'

/**
 * Times are in ms, by the clock of the server; an id is `<time>-<sequence>`. What says that a member is there for more than
 * `longest` was written before that clock was set back: by one that lives it is soon written anew, and one that has died must not be
 * there until the clock has caught up.
 */
const TIMES = `
local longest = ${LONGEST_TTL_MS}
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function whole(number) return string.format('%.0f', number) end
local function partsOf(id)
  local ms, sequence = string.match(id, '^(%d+)-(%d+)$')
  return tonumber(ms), tonumber(sequence)
end
local function isBefore(id, other)
  local ms, sequence = partsOf(id)
  local otherMs, otherSequence = partsOf(other)
  return ms < otherMs or (ms == otherMs and sequence < otherSequence)
end
local function lastOf(stream)
  if redis.call('EXISTS', stream) == 0 then return '0-0' end
  local info = redis.call('XINFO', 'STREAM', stream)
  for at = 1, #info, 2 do
    if info[at] == 'last-generated-id' then return info[at + 1] end
  end
end
local function trim(stream, positions)
  local least
  for _, id in ipairs(redis.call('HVALS', positions)) do
    if not least or isBefore(id, least) then least = id end
  end
  if not least then return end
  local ms, sequence = partsOf(least)
  redis.call('XTRIM', stream, 'MINID', '=', whole(ms) .. '-' .. whole(sequence + 1))
end`

/**
 * Says that a member is there. KEYS: members, holders, and, where messages are kept, positions and the stream. ARGV: the
 * name, the token of its process, the ttl, the id it has handled last or nothing, and after how long without a word a
 * member is forgotten.
 *
 * Gives {1, the position}, or {0, for how long another process has the name}. Removes who is forgotten, and what every
 * member that is known has had.
 */
export const BEAT = script(
  'say that a member is there',
  `${ALLOW_OOM}
${TIMES}
local name, token, ttl, position, forgetAfter = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4], tonumber(ARGV[5])
local holder = redis.call('HGET', KEYS[2], name)
local untilThen = tonumber(redis.call('ZSCORE', KEYS[1], name) or '0')
local isThere = untilThen > now and untilThen <= now + longest
if holder and holder ~= token and isThere then return {0, untilThen - now} end
redis.call('ZADD', KEYS[1], whole(now + ttl), name)
redis.call('HSET', KEYS[2], name, token)
for _, gone in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', whole(now - forgetAfter))) do
  redis.call('ZREM', KEYS[1], gone)
  redis.call('HDEL', KEYS[2], gone)
  if KEYS[3] then redis.call('HDEL', KEYS[3], gone) end
end
if not KEYS[3] then return {1, ''} end
if position == '' or (holder and holder ~= token) then
  position = redis.call('HGET', KEYS[3], name) or lastOf(KEYS[4])
end
redis.call('HSET', KEYS[3], name, position)
trim(KEYS[4], KEYS[3])
return {1, position}`,
)

/** KEYS: holders, positions. ARGV: the name, the token, the id. Gives 1, or 0 where another process has the name. */
export const REACH = script(
  'write what a member has handled',
  `${ALLOW_OOM}
local holder = redis.call('HGET', KEYS[1], ARGV[1])
if holder and holder ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[3])
return 1`,
)

/**
 * KEYS: members, holders. ARGV: the name, the token. The name is free at once. Where messages are kept, what the member
 * has handled is known until it is forgotten.
 */
export const LEAVE = script(
  'leave a group',
  `${ALLOW_OOM}
local time = redis.call('TIME')
if redis.call('HGET', KEYS[2], ARGV[1]) ~= ARGV[2] then return 0 end
redis.call('HDEL', KEYS[2], ARGV[1])
redis.call('ZADD', KEYS[1], string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000)), ARGV[1])
return 1`,
)

/** KEYS: members. Gives the names of those who are there. */
export const MEMBERS = script(
  'list the members of a group',
  `#!lua flags=no-writes
${TIMES}
return redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. whole(now), whole(now + longest))`,
)

/**
 * Keeps a message for every member. KEYS: the stream, positions. ARGV: the data, who sends it, what tells this broadcast
 * from others, 1 where an earlier try may have arrived, and how many messages are kept at most.
 *
 * Gives how many were removed before all members had them. An entry names the one before it, so that a reader sees what
 * it misses. Its id is higher than what any member has had, also where the server has lost the stream, or its clock was
 * set back.
 */
export const BROADCAST = script(
  'broadcast to a group',
  `#!lua
${TIMES}
local data, from, broadcast, most = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[5])
if ARGV[4] == '1' then
  for _, entry in ipairs(redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1000)) do
    local fields = entry[2]
    for at = 1, #fields, 2 do
      if fields[at] == 'broadcast' and fields[at + 1] == broadcast then return 0 end
    end
  end
end
local last = lastOf(KEYS[1])
local highest = last
for _, id in ipairs(redis.call('HVALS', KEYS[2])) do
  if isBefore(highest, id) then highest = id end
end
local ms, sequence = partsOf(highest)
local id = whole(now) .. '-0'
if now <= ms then id = whole(ms) .. '-' .. whole(sequence + 1) end
redis.call('XADD', KEYS[1], id, 'after', last, 'from', from, 'broadcast', broadcast, 'data', data)
if redis.call('XLEN', KEYS[1]) <= most then return 0 end
trim(KEYS[1], KEYS[2])
return redis.call('XTRIM', KEYS[1], 'MAXLEN', '=', whole(most))`,
)

/**
 * Sends a message to those who listen. KEYS: the channel. ARGV: the message. A script has a key, so that in a cluster all
 * messages of a group go through one server: otherwise their order would not be kept.
 */
export const PUBLISH = script(
  'broadcast to a group',
  `${ALLOW_OOM}
return redis.call('PUBLISH', KEYS[1], ARGV[1])`,
)
