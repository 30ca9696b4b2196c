/**
 * Events and locks through Redis.
 * @module tickmark/redis
 */
export type {
  IoredisClient,
  NodeRedisClient,
  NodeRedisCluster,
  NodeRedisSentinel,
  RedisClient,
} from './redis-client.js';
export { RedisLock, type RedisLockOptions } from './lock/redis-lock.js';
export type {
  MultiKeyLease,
  StoreAcquireOptions,
  StoreLock,
  StoreLockOptions,
  StoreLockStats,
} from '../core/locking/store-lock.js';
export { RedisPubSubEventBus } from './pub-sub/redis-pub-sub-event-bus.js';
export type {
  RedisPubSubEventBusOptions,
  RedisPubSubEventBusStats,
} from './pub-sub/redis-pub-sub-event-bus-options.js';
export type { RedisBusOptions } from './redis-bus-options.js';
export { RedisStreamEventBus } from './streams/redis-stream-event-bus.js';
export type {
  RedisStreamEventBusOptions,
  RedisStreamEventBusStats,
  StreamSubscribeOptions,
} from './streams/redis-stream-event-bus-options.js';
export type { DecodedMessage, EventCodec, EventEncoding } from '../core/messaging/event-codec.js';
export { EventCodecs, type EventCodecsOptions, type EventData } from '../core/messaging/event-codec.js';
export type { EventDataReader, EventDataWriter } from '../core/messaging/event-data.js';
export type { EventHeader, MessageOrigin } from '../core/messaging/event-envelope.js';
