import { checkNumber } from '../options.js';

const encoder = new TextEncoder();
const ascii = new Uint8Array(64);
const SEED = 0x9747b28c;
const MULTIPLIER = 0x5bd1e995;

/** Number of shards where nothing else is said. */
export const DEFAULT_SHARD_COUNT = 64;

/** Highest number of shards, and of partitions of a topic of portfolios. */
export const MAX_SHARD_COUNT = 65_536;

/**
 * Shard of a portfolio, from 0 to `count` − 1: Kafka's hash of the id, modulo `count`. It is the partition that Kafka's default
 * partitioner chooses for a record with this id as its key, in a topic with `count` partitions.
 *
 * @param count Number of shards, 1 to 65,536.
 * @throws TickmarkError `INVALID_ARGUMENT` for another count.
 *
 * @example
 * ```ts
 * import { shardOf } from 'tickmark/parts';
 *
 * console.log(shardOf('desk', 64)); // 44
 * ```
 */
export function shardOf(portfolioId: string, count: number = DEFAULT_SHARD_COUNT): number {
  checkShardCount(count, 'shardOf: count');
  return portfolioHash(portfolioId) % count;
}

/**
 * Hash of a portfolio's id, 0 to 2^31 − 1, as Kafka's default partitioner computes it: murmur2 of the id in UTF-8, without the sign. Stores
 * keep it, so that they find the portfolios of a shard for any number of shards.
 *
 * Source: https://github.com/apache/kafka/blob/4.0.0/clients/src/main/java/org/apache/kafka/common/utils/Utils.java
 */
export function portfolioHash(portfolioId: string): number {
  const { length } = portfolioId;
  if (length > ascii.length) return murmur2(encoder.encode(portfolioId)) & 0x7fffffff;
  // Most ids are ASCII: their bytes are their characters, and an encoder would take most of the time.
  for (let at = 0; at < length; at++) {
    const code = portfolioId.charCodeAt(at);
    if (code > 0x7f) return murmur2(encoder.encode(portfolioId)) & 0x7fffffff;
    ascii[at] = code;
  }
  return murmur2(ascii, length) & 0x7fffffff;
}

/** @throws TickmarkError `INVALID_ARGUMENT` unless the number of shards is a whole number from 1 to 65,536. */
export function checkShardCount(count: unknown, where: string): void {
  checkNumber(where, count, { from: 1, to: MAX_SHARD_COUNT, isWhole: true });
}

/** MurmurHash2 of 32 bits with Kafka's seed, of the first `length` bytes, as a signed number. */
export function murmur2(bytes: Uint8Array, length: number = bytes.length): number {
  const tail = length & ~3;
  let hash = SEED ^ length;
  for (let at = 0; at < tail; at += 4) {
    const word = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    const mixed = Math.imul(word, MULTIPLIER);
    hash = Math.imul(hash, MULTIPLIER) ^ Math.imul(mixed ^ (mixed >>> 24), MULTIPLIER);
  }
  if (length > tail) {
    for (let at = length - 1; at >= tail; at--) hash ^= bytes[at]! << (8 * (at - tail));
    hash = Math.imul(hash, MULTIPLIER);
  }
  hash = Math.imul(hash ^ (hash >>> 13), MULTIPLIER);
  return hash ^ (hash >>> 15);
}
