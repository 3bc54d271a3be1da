import { script } from '../script.ts'

/**
 * KEYS: stream. ARGV: group, consumer, ids. Begins the idle time of entries anew, but only of those that are the
 * consumer's still: somebody who has taken one over keeps it. Gives the ids of those that are not. One that was deleted stays
 * as it is, because XCLAIM would forget it, and nobody were told of it.
 */
export const RENEW = script(
  'renew what is in flight',
  `local gone = {}
for at = 3, #ARGV do
  local id = ARGV[at]
  if #redis.call('XPENDING', KEYS[1], ARGV[1], id, id, 1, ARGV[2]) > 0 then
    if #redis.call('XRANGE', KEYS[1], id, id) > 0 then
      redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, id, 'JUSTID')
    end
  else gone[#gone + 1] = id end
end
return gone`,
)

/**
 * KEYS: stream. ARGV: group. Gives how many entries were deleted, as by a trim, before the group was given them, as far as
 * that can be seen: where nothing before its position is left, or it is at the end. The count of the group goes on behind
 * them, so that nobody is told of them again. 0 before Redis 7.0, which doesn't count entries.
 */
export const MISSED = script(
  'look for what was missed',
  `local function field(of, name)
  for at = 1, #of, 2 do if of[at] == name then return of[at + 1] end end
end
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
local stream, group = redis.call('XINFO', 'STREAM', KEYS[1]), {}
for _, each in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
  if field(each, 'name') == ARGV[1] then group = each end
end
local added, read, position = field(stream, 'entries-added'), field(group, 'entries-read'), field(group, 'last-delivered-id')
if not added or not read then return 0 end
local unread = field(stream, 'length')
if position == field(stream, 'last-generated-id') then unread = 0
elseif redis.call('XRANGE', KEYS[1], '-', position, 'COUNT', 1)[1] then return 0 end
local missed = added - read - unread
if missed <= 0 then return 0 end
local set = redis.pcall('XGROUP', 'SETID', KEYS[1], ARGV[1], position, 'ENTRIESREAD', read + missed)
return set.err and 0 or missed`,
)

/** A command of a script takes 8,000 texts. */
const MOST_TEXTS = 7000

/**
 * KEYS: stream, hash of failures, stream of dead letters. ARGV: group, consumer, ms that counts are kept, the failures
 * after which an entry is dead, `1` where dead ones are removed from the stream; then of each that has failed its id, its
 * failures, `1` where it is dead at once, and code and text of the error. Gives for each 1 where its letter is stored, 0
 * where it is to come again, 2 where it was deleted meanwhile, -1 where it is somebody else's, or nobody's any more.
 *
 * A letter is the entry as it was, byte by byte, with its story behind. One of more fields than a script can hand on has
 * them all in one, `sluice-fields`, as a list of MessagePack. Repeated it does nothing twice.
 */
export const FAILED = script(
  'count what has failed',
  `local told = {}
for at = 6, #ARGV, 5 do
  local id, failures = ARGV[at], ARGV[at + 1]
  local outcome = 0
  if #redis.call('XPENDING', KEYS[1], ARGV[1], id, id, 1, ARGV[2]) == 0 then outcome = -1
  elseif ARGV[at + 2] == '1' or tonumber(failures) >= tonumber(ARGV[4]) then
    local entry = redis.call('XRANGE', KEYS[1], id, id)[1]
    if entry then
      local fields = entry[2]
      if #fields > ${MOST_TEXTS} then fields = { 'sluice-fields', cmsgpack.pack(fields) } end
      for _, text in ipairs({ 'sluice-stream', KEYS[1], 'sluice-group', ARGV[1], 'sluice-entry', id,
        'sluice-attempts', failures, 'sluice-code', ARGV[at + 3], 'sluice-error', ARGV[at + 4] }) do
        fields[#fields + 1] = text
      end
      redis.call('XADD', KEYS[3], '*', unpack(fields))
      outcome = 1
    else outcome = 2 end
    redis.call('XACK', KEYS[1], ARGV[1], id)
    redis.call('HDEL', KEYS[2], id)
    if ARGV[5] == '1' then redis.call('XDEL', KEYS[1], id) end
  else
    redis.call('HSET', KEYS[2], id, failures)
    redis.call('PEXPIRE', KEYS[2], ARGV[3])
  end
  told[#told + 1] = outcome
end
return told`,
)

/** Texts of an entry, as a script that writes is given them. */
const TEXTS_PER_ENTRY = 5

/** Writes one: names of fields stand here, because each text that goes through a script costs as much as a part of XADD. */
const ADD = `if name == '' and headers == '' then call('XADD', key, '*', 'data', data, 'id', id, 'time', time)
  elseif headers == '' then
    call('XADD', key, '*', 'data', data, 'id', id, 'time', time, 'key', string.sub(name, 2))
  elseif name == '' then call('XADD', key, '*', 'data', data, 'id', id, 'time', time, 'headers', headers)
  else
    call('XADD', key, '*', 'data', data, 'id', id, 'time', time, 'key', string.sub(name, 2), 'headers', headers)
  end`

/**
 * KEYS: stream, hash of the writer. ARGV: number of the write, length to which the stream is trimmed, about, or 0, ms that
 * the writer is remembered; then of each entry `data`, `id`, `time`, its key behind a `=` or nothing, and `headers` or
 * nothing. Gives 1 when they are there, now or since an earlier try, 0 where the number is fenced off: it was given up.
 */
export const WRITE = script(
  'write entries',
  `local known = redis.call('HMGET', KEYS[2], 'written', 'fence')
local number = tonumber(ARGV[1])
if tonumber(known[1] or '0') >= number then return 1 end
if tonumber(known[2] or '0') >= number then return 0 end
local call, key, texts = redis.call, KEYS[1], ARGV
for at = 4, #texts, ${TEXTS_PER_ENTRY} do
  local data, id, time, name, headers = texts[at], texts[at + 1], texts[at + 2], texts[at + 3], texts[at + 4]
  ${ADD}
end
if ARGV[2] ~= '0' then redis.call('XTRIM', key, 'MAXLEN', '~', ARGV[2]) end
redis.call('HSET', KEYS[2], 'written', ARGV[1])
redis.call('PEXPIRE', KEYS[2], ARGV[3])
return 1`,
)

/**
 * KEYS: stream, stream that the entries come from, incarnation of their group. ARGV: their group, its incarnation, length
 * to which the first stream is trimmed, about, or 0, `1` where what is acknowledged is removed; then of each its entry's
 * id, and texts as above. Writes those that are not acknowledged yet, and acknowledges them: both are done, or neither.
 * Gives the ids of those that were acknowledged before, and `other` where the group is another one.
 *
 * The first write is one that a full server refuses: of a script that has written it refuses nothing more.
 */
export const MOVE = script(
  'write and acknowledge entries',
  `redis.call('SET', KEYS[3], '', 'NX')
if redis.call('GET', KEYS[3]) ~= ARGV[2] then return 'other' end
redis.call('XPENDING', KEYS[2], ARGV[1])
local call, key, texts, from, group = redis.call, KEYS[1], ARGV, KEYS[2], ARGV[1]
local before = {}
for at = 5, #texts, ${TEXTS_PER_ENTRY + 1} do
  local entry = texts[at]
  if call('XACK', from, group, entry) == 0 then before[#before + 1] = entry
  else
    local data, id, time, name, headers = texts[at + 1], texts[at + 2], texts[at + 3], texts[at + 4], texts[at + 5]
    ${ADD}
    if texts[4] == '1' then call('XDEL', from, entry) end
  end
end
if texts[3] ~= '0' then call('XTRIM', key, 'MAXLEN', '~', texts[3]) end
return before`,
)

/**
 * KEYS: stream, incarnation of the group. ARGV: group, id behind which it begins, a text that nobody else has. Creates a
 * group, and its stream. Gives which one it is; one that is there already is as good.
 */
export const CREATE = script(
  'create the group',
  `local made = redis.pcall('XGROUP', 'CREATE', KEYS[1], ARGV[1], ARGV[2], 'MKSTREAM')
if type(made) == 'table' and made.err and not string.find(made.err, 'BUSYGROUP', 1, true) then return made end
if not (type(made) == 'table' and made.err) then redis.call('SET', KEYS[2], ARGV[3]) end
return redis.call('GET', KEYS[2]) or ''`,
)

/**
 * KEYS: hash of the writer. ARGV: number of a write, ms that the writer is remembered. From now on that write does
 * nothing, should it arrive late. Gives the number of the last one that was written.
 */
export const FENCE = script(
  'fence off a write',
  `redis.call('HSET', KEYS[1], 'fence', ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return redis.call('HGET', KEYS[1], 'written') or '0'`,
)
