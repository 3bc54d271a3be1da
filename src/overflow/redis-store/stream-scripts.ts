import { script } from '../../redis/script.ts'

/**
 * An entry of the stream is a frame: `<epoch>-<number of its first message>`, with how many messages it holds (`c`), the
 * bytes of all that was ever stored before it (`b`), and its own (`f`). Each owner begins with `<epoch>-0`.
 */
export const FIELDS = { count: 'c', bytesBefore: 'b', frame: 'f' } as const

/** What an entry takes beside its frame, about. */
export const ENTRY_BYTES = 128

/** Messages that a byte of a frame may stand for: deflate writes a thousand and more in one, a message is two at least. */
export const MOST_PER_BYTE = 516

/** The layout of the keys. */
export const LAYOUT = 1

/** Frames that a script has in its hands at a time. */
const REMOVED_AT_ONCE = 16

const LARGEST_PART = '18446744073709551615'
const NO_WRITES = '#!lua flags=no-writes'
/** The owner of a full server must be able to give room back. */
const ALLOW_OOM = '#!lua flags=allow-oom'
/** Without a flag: a server that is full refuses all of it before it begins. */
const WHOLE_OR_NOTHING = '#!lua'

const FRAME_OF = `local function frameOf(entry)
  local fields = entry[2]
  if fields[1] ~= 'c' or fields[3] ~= 'b' or fields[5] ~= 'f' then return nil end
  local epoch, number = string.match(entry[1], '^(%d+)-(%d+)$')
  local count = tonumber(fields[2])
  if not count or count < 1 or count % 1 ~= 0 or count > string.len(fields[6]) * ${MOST_PER_BYTE} then return nil end
  return { epoch = epoch, number = tonumber(number), count = count,
    before = tonumber(fields[4]), bytes = string.len(fields[6]) + ${ENTRY_BYTES} }
end
local function whole(number) return string.format('%.0f', number) end`

/**
 * KEYS: lease, frames, commit. ARGV: the value of the lease, the id of the last frame, the number behind it; then for each
 * frame its id, count, bytes before and itself. Gives {1} when they are there, now or since an earlier try; {0, the value
 * of the lease that is there}; {-1, the last id}, where somebody else has written behind us.
 *
 * With the first message it is written down that nothing is settled: where that is missing later, somebody has deleted it.
 */
export const APPEND = script(
  'append frames',
  `${WHOLE_OR_NOTHING}
local held = redis.call('GET', KEYS[1])
if held ~= ARGV[1] then return {0, held or ''} end
for at = 4, #ARGV, 4 do
  local added = redis.pcall('XADD', KEYS[2], ARGV[at], 'c', ARGV[at + 1], 'b', ARGV[at + 2], 'f', ARGV[at + 3])
  if type(added) == 'table' and added.err then
    if at > 4 or not string.find(added.err, 'equal or smaller', 1, true) then return added end
    local info = redis.call('XINFO', 'STREAM', KEYS[2])
    for field = 1, #info, 2 do
      if info[field] == 'last-generated-id' and info[field + 1] ~= ARGV[2] then return {-1, info[field + 1]} end
    end
    break
  end
end
redis.call('HSET', KEYS[3], 'next', ARGV[3], 'layout', '${LAYOUT}')
if string.find(ARGV[4], '%-1$') then redis.call('HSET', KEYS[3], 'below', '1', 'above', '', 'parts', '0') end
return {1}`,
)

/**
 * KEYS: lease, frames, commit. ARGV: the value of the lease, `below`, `above`, `parts`, the id that a frame would have
 * that begins at `below`, and the bytes of all that was ever stored; then stretches of `above`, whose frames are removed:
 * of each its first number, the one behind its last, and the ids that frames would have there. Gives {1, the bytes of the
 * stretches, the bytes before what is kept, where they are known}, or {0, the value of the lease that is there}.
 */
export const COMMIT = script(
  'commit what is settled',
  `${ALLOW_OOM}
${FRAME_OF}
local held = redis.call('GET', KEYS[1])
if held ~= ARGV[1] then return {0, held or ''} end
redis.call('HSET', KEYS[3], 'below', ARGV[2], 'above', ARGV[3], 'parts', ARGV[4], 'layout', '${LAYOUT}')
local function one(command, from, to)
  local entry = redis.call(command, KEYS[2], from, to, 'COUNT', 1)[1]
  return entry and frameOf(entry)
end
local gaps = 0
for at = 7, #ARGV, 4 do
  local from, to, id = tonumber(ARGV[at]), tonumber(ARGV[at + 1]), ARGV[at + 2]
  while id do
    local found = redis.call('XRANGE', KEYS[2], id, '(' .. ARGV[at + 3], 'COUNT', ${REMOVED_AT_ONCE})
    id = #found > 0 and '(' .. found[#found][1] or nil
    for _, entry in ipairs(found) do
      local frame = frameOf(entry)
      if frame and frame.number >= from and frame.number + frame.count <= to then redis.call('XDEL', KEYS[2], entry[1]) end
    end
  end
  local before, behind = one('XREVRANGE', '(' .. ARGV[at + 2], '-'), one('XRANGE', ARGV[at + 2], '+')
  if before then gaps = gaps + (behind and behind.before or tonumber(ARGV[6])) - before.before - before.bytes end
end
local last = redis.call('XREVRANGE', KEYS[2], ARGV[5], '-', 'COUNT', 1)[1]
local frame = last and frameOf(last)
local first, before = ARGV[5], false
if frame and frame.number + frame.count > tonumber(ARGV[2]) then
  first = last[1]
  before = whole(frame.before)
elseif frame then
  before = whole(frame.before + frame.bytes)
end
redis.call('XTRIM', KEYS[2], 'MINID', '=', first)
return {1, whole(gaps), before}`,
)

/**
 * KEYS: frames. Gives the bytes before the first frame, those up to the end of the last, the number behind it, and each
 * epoch that has frames with the number of its first. It looks at two entries of each epoch, and at the end.
 */
export const SURVEY = script(
  'survey the frames',
  `${NO_WRITES}
${FRAME_OF}
local seen, first, from = {}, nil, '-'
while true do
  local found = redis.call('XRANGE', KEYS[1], from, '+', 'COUNT', 2)
  if #found == 0 then break end
  local epoch = string.match(found[1][1], '^%d+')
  for _, entry in ipairs(found) do
    local frame = frameOf(entry)
    if frame and frame.epoch == epoch then
      first = first or frame
      seen[#seen + 1] = epoch
      seen[#seen + 1] = whole(frame.number)
      break
    end
  end
  from = '(' .. epoch .. '-${LARGEST_PART}'
end
local last
local to = #seen > 0 and seen[#seen - 1] .. '-${LARGEST_PART}'
while to and not last do
  local entry = redis.call('XREVRANGE', KEYS[1], to, '-', 'COUNT', 1)[1]
  if not entry then break end
  last = frameOf(entry)
  to = '(' .. entry[1]
end
if not first or not last then return {'0', '0', '1', {}} end
return {whole(first.before), whole(last.before + last.bytes), whole(last.number + last.count), seen}`,
)
