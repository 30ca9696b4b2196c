import { redisScript } from '../redis-commands.js';

// A token is the previous one plus one, and at least the server's time in µs since 1970. So tokens keep rising when the previous one
// is gone: because it expired, or because the server lost its data. Times in µs stay below 2^53, up to which the numbers of Lua are
// exact, until the year 2255.
/**
 * Acquires all keys or none. KEYS: n locks, then n tokens. ARGV: owner, duration of the lease in ms, how long to keep tokens in ms.
 * Returns the tokens, or for how many ms the first held key is still held (-1: forever).
 */
export const GRANT = redisScript(`
local count = #KEYS / 2
for at = 1, count do
  local holder = redis.call('GET', KEYS[at])
  if holder and holder ~= ARGV[1] then return redis.call('PTTL', KEYS[at]) end
end
local time = redis.call('TIME')
local now = time[1] .. string.format('%06d', time[2])
local tokens = {}
for at = 1, count do
  local key = KEYS[count + at]
  if redis.call('INCR', key) < tonumber(now) then redis.call('SET', key, now) end
  redis.call('PEXPIRE', key, ARGV[3])
  tokens[at] = redis.call('GET', key)
end
for at = 1, count do redis.call('SET', KEYS[at], ARGV[1], 'PX', ARGV[2]) end
return tokens
`);

/** Extends all leases or none. KEYS: locks. ARGV: owner, duration of the lease in ms. Returns 1 or 0. */
export const EXTEND = redisScript(`
for at = 1, #KEYS do
  if redis.call('GET', KEYS[at]) ~= ARGV[1] then return 0 end
end
for at = 1, #KEYS do redis.call('PEXPIRE', KEYS[at], ARGV[2]) end
return 1
`);

/** Deletes the locks that the owner holds. KEYS: locks. ARGV: owner. */
export const RELEASE = redisScript(`
for at = 1, #KEYS do
  if redis.call('GET', KEYS[at]) == ARGV[1] then redis.call('DEL', KEYS[at]) end
end
return 1
`);
