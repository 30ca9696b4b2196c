import { redisScript } from '../redis-commands.js';

// Counters of a stream: `added` entries ever, of which the first `trimmed` are gone. Available from Redis 7 on.
const STREAM_FUNCTIONS = `
local function fields(flat)
  local found = {}
  for at = 1, #flat, 2 do found[flat[at]] = flat[at + 1] end
  return found
end
local function stream(key)
  if redis.call('EXISTS', key) == 0 then return nil end
  local info = fields(redis.call('XINFO', 'STREAM', key))
  local added = info['entries-added']
  return { last = info['last-generated-id'], added = added or -1, trimmed = added and added - info['length'] or -1 }
end
`;

/** End of a stream: its last id, and how many entries it ever had (-1 if the server does not count them). */
export const STREAM_END = redisScript(`${STREAM_FUNCTIONS}
local found = stream(KEYS[1])
if not found then return {'0-0', 0} end
return {found.last, found.added}`);

/**
 * Reads the entries after an id. ARGV: the id, how many entries came before the next one (-1 if unknown), how many to read. Returns
 * how many were trimmed unread (-1 if the stream was deleted and created again, so that it had fewer entries than were read), the last
 * id of the stream ('' without a stream), the entries, and how many entries come before the next one.
 */
export const READ_TAIL = redisScript(`${STREAM_FUNCTIONS}
local found = stream(KEYS[1])
local place = tonumber(ARGV[2])
if not found then return {0, '', {}, place} end
local lost = 0
if place >= 0 and found.trimmed > place then
  lost = found.trimmed - place
  place = found.trimmed
end
local entries = redis.call('XRANGE', KEYS[1], '(' .. ARGV[1], '+', 'COUNT', ARGV[3])
if place >= 0 then place = place + #entries end
if place > found.added and found.added >= 0 then
  lost = -1
  place = found.trimmed + #entries
end
return {lost, found.last, entries, place}`);

/** Creates a group at the end of the stream unless it exists. ARGV: the group. Returns 1 if it was created. */
export const CREATE_GROUP = redisScript(`${STREAM_FUNCTIONS}
local made = redis.pcall('XGROUP', 'CREATE', KEYS[1], ARGV[1], '$', 'MKSTREAM')
if made.err then
  if string.find(made.err, 'BUSYGROUP') then return 0 end
  return made
end
local found = stream(KEYS[1])
if found.added >= 0 then redis.call('XGROUP', 'SETID', KEYS[1], ARGV[1], found.last, 'ENTRIESREAD', found.added) end
return 1`);

/**
 * Reads entries that were not delivered to any consumer of a group. ARGV: group, consumer, how many. The server's counter of entries
 * read ignores trimmed ones, so the script corrects it in the same step in which it detects them.
 */
export const READ_GROUP = redisScript(`${STREAM_FUNCTIONS}
local found = stream(KEYS[1])
if not found then return redis.error_reply('NOGROUP there is no stream') end
local lost = 0
for _, each in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
  local group = fields(each)
  local read = group['entries-read']
  if group['name'] == ARGV[1] and read and found.trimmed > read then
    lost = found.trimmed - read
    redis.call('XGROUP', 'SETID', KEYS[1], ARGV[1], group['last-delivered-id'], 'ENTRIESREAD', found.trimmed)
  end
end
local read = redis.call('XREADGROUP', 'GROUP', ARGV[1], ARGV[2], 'COUNT', ARGV[3], 'STREAMS', KEYS[1], '>')
return {lost, found.last, read and read[1] and read[1][2] or {}}`);

/**
 * Claims entries that their consumer left idle. ARGV: group, consumer, idle ms, where to begin, how many. Returns where to continue,
 * the entries with the number of their next delivery, and how many were gone from the stream. A consumer may have read an entry
 * ahead without handling it, so the claim itself does not count as a delivery.
 */
export const CLAIM = redisScript(`
local found = redis.call('XAUTOCLAIM', KEYS[1], ARGV[1], ARGV[2], ARGV[3], ARGV[4], 'COUNT', ARGV[5])
local entries = {}
local gone = found[3] and #found[3] or 0
for _, entry in ipairs(found[2]) do
  if entry and entry[2] then
    local pending = redis.call('XPENDING', KEYS[1], ARGV[1], entry[1], entry[1], 1)
    local count = pending[1] and pending[1][4] or 2
    redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, entry[1], 'RETRYCOUNT', count - 1, 'JUSTID')
    entries[#entries + 1] = {entry[1], entry[2], count}
  end
end
return {found[1], entries, gone}`);

/**
 * Renews the claims on entries. ARGV: group, consumer, then pairs of id and number of deliveries (0 leaves it unchanged). Returns the
 * ids that another consumer holds.
 */
export const RENEW = redisScript(`
local lost = {}
for at = 3, #ARGV, 2 do
  local id, count = ARGV[at], ARGV[at + 1]
  if #redis.call('XPENDING', KEYS[1], ARGV[1], id, id, 1, ARGV[2]) == 0 then
    lost[#lost + 1] = id
  elseif count == '0' then
    redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, id, 'JUSTID')
  else
    redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, id, 'RETRYCOUNT', count, 'JUSTID')
  end
end
return lost`);

/** Deletes a consumer of a group unless it has pending entries. ARGV: group, consumer. */
export const DELETE_CONSUMER = redisScript(`
local pending = redis.pcall('XPENDING', KEYS[1], ARGV[1], '-', '+', 1, ARGV[2])
if pending.err or #pending > 0 then return 0 end
return redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], ARGV[2])`);

/** Appends entries, in one step. KEYS: the stream of each. ARGV: approximate length of a stream, then the message of each. */
export const APPEND = `
for at, key in ipairs(KEYS) do redis.call('XADD', key, 'MAXLEN', '~', ARGV[1], '*', 'e', ARGV[at + 1]) end
return #KEYS`;

/**
 * Records outcomes of entries, in one step. KEYS: the stream, the dead-letter stream, then a key for each handled event. ARGV: the
 * group ('' without one), how long to keep those keys in ms, approximate length of the dead-letter stream, the number of ids to
 * acknowledge, the ids, then the fields of the dead letters, 16 each.
 */
export const RECORD_OUTCOMES = redisScript(`
local count = tonumber(ARGV[4])
for at = 5 + count, #ARGV, 16 do
  redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[3], '*', unpack(ARGV, at, at + 15))
end
for at = 3, #KEYS do redis.call('SET', KEYS[at], '1', 'PX', ARGV[2]) end
if ARGV[1] ~= '' then redis.call('XACK', KEYS[1], ARGV[1], unpack(ARGV, 5, 4 + count)) end
return 1`);
