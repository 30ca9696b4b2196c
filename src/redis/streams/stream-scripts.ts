import { redisScript } from '../redis-client.js';

// What the counters of a stream say: `added` entries ever, of which those before `trimmed` are gone. Known from Redis 7 on.
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

/** Where a stream ends: its last id, and how many entries it ever had (-1 where the server does not count them). */
export const STREAM_END = redisScript(`${STREAM_FUNCTIONS}
local found = stream(KEYS[1])
if not found then return {'0-0', 0} end
return {found.last, found.added}`);

/**
 * Reads on from an id. ARGV: the id, how many entries were before what follows it (-1 when unknown), how many to read. Gives
 * how many were trimmed away unread (-1 when the stream was deleted and begun anew, which shows by its having had fewer entries than
 * were read), the stream's last id ('' without a stream), the entries, and how many were before what follows them.
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

/** Makes a group that begins at the end of the stream, unless it exists. ARGV: the group. Gives 1 when it was made. */
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
 * Reads what no consumer of a group has been given. ARGV: group, consumer, how many. The server's counter of entries read does
 * not see those that were trimmed away before, so it is set right here, in one step with noticing them.
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
 * Takes over entries that their consumer has left lying. ARGV: group, consumer, idle ms, where to begin, how many. Gives where
 * to go on, the entries with the number that the next attempt at each has, and how many were gone from the stream. An entry that a
 * consumer had read ahead and not come to has not been tried, so taking it over is not counted as a delivery.
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
 * Keeps entries from being taken over. ARGV: group, consumer, then id and number of deliveries (0 leaves it) in turn. Gives the ids
 * that another consumer has.
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

/** Strikes a consumer off a group, unless entries are still pending for it. ARGV: group, consumer. */
export const DELETE_CONSUMER = redisScript(`
local pending = redis.pcall('XPENDING', KEYS[1], ARGV[1], '-', '+', 1, ARGV[2])
if pending.err or #pending > 0 then return 0 end
return redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], ARGV[2])`);

/** Adds entries, in one step. KEYS: the stream of each. ARGV: about how many entries a stream keeps, then the message of each. */
export const APPEND = `
for at, key in ipairs(KEYS) do redis.call('XADD', key, 'MAXLEN', '~', ARGV[1], '*', 'e', ARGV[at + 1]) end
return #KEYS`;

/**
 * Notes what became of entries, in one step. KEYS: the stream, the dead-letter stream, then a key for each event that was handled.
 * ARGV: the group ('' without one), ms to remember the keys for, about how many entries the dead-letter stream keeps, how many ids to
 * acknowledge, these, then the fields of the dead letters, 16 each.
 */
export const RECORD_OUTCOMES = redisScript(`
local count = tonumber(ARGV[4])
for at = 5 + count, #ARGV, 16 do
  redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[3], '*', unpack(ARGV, at, at + 15))
end
for at = 3, #KEYS do redis.call('SET', KEYS[at], '1', 'PX', ARGV[2]) end
if ARGV[1] ~= '' then redis.call('XACK', KEYS[1], ARGV[1], unpack(ARGV, 5, 4 + count)) end
return 1`);
