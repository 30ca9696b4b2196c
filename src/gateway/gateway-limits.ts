import { invalidArgument } from '../core/errors.js';
import { withDefaults } from '../core/options.js';
import { checkNames } from '../core/option-names.js';

/** Limits of a {@link Gateway}. Each is a number above 0, or `Infinity` for no limit. */
export interface GatewayLimits {
  /** Open connections. Default 10,000. */
  readonly connections?: number;
  /** Open connections of one address; of IPv6, a /64 counts as one address. Default 256. Behind a proxy, set `trustedProxies`. */
  readonly connectionsPerAddress?: number;
  /** New connections of one address per second, refused ones included, after a burst of twice as many. Default 64. */
  readonly openingsPerAddress?: number;
  /**
   * Connections of one address that may end because they broke a rule: with an unreadable message, with too many or too long messages,
   * with credentials of another subject, or without credentials in time. So many at once, and as many per minute; a connection that was
   * opened too fast counts a tenth. Above the limit, new connections of the address are refused for 1 s, and for twice as long each
   * further time, up to 60 s. Open connections stay. Default 10.
   */
  readonly violationsPerAddress?: number;
  /** Topics of one connection. Default 1,000. */
  readonly topics?: number;
  /** Topics of all connections of one address. Default 20,000. */
  readonly topicsPerAddress?: number;
  /** Messages of one WebSocket per second, after a burst of twice as many. Default 20. */
  readonly messagesPerSecond?: number;
  /** Characters of one message. Default 65,536. */
  readonly messageLength?: number;
  /** How long a WebSocket may be open before its subject is known and its first topic is granted, ms. Default 5,000. */
  readonly unauthenticatedMs?: number;
  /** Topics that the gateway follows, for all connections together. Default 50,000. */
  readonly followedTopics?: number;
  /** Calls of `authorize` per second that one connection may cause, after a burst of four times as many. Default 500. */
  readonly authorizationsPerSecond?: number;
  /** Bytes of values per second to one connection, after a burst of twice as many. Above it, changes are conflated. Default 8,388,608. */
  readonly bytesPerSecond?: number;
  /** Bytes that may be buffered for all connections together. Default 134,217,728. */
  readonly bufferedBytesInAll?: number;
  /** How long a connection may live, ms; then the gateway asks the reader to reconnect. Default 86,400,000 (a day). */
  readonly connectionMs?: number;
  /** Bytes that may be buffered for one connection, the next frame included. Default 1,048,576. */
  readonly bufferedBytes?: number;
  /** Buffered bytes of a connection from which on it gets nothing new, and changes are conflated. Default 65,536. */
  readonly highWaterBytes?: number;
  /** How long sent data may take to leave this process before the connection is closed, ms. Default 10,000. */
  readonly stallMs?: number;
}

/** Limits, with defaults. */
export type ResolvedLimits = Required<GatewayLimits>;

const DEFAULTS: ResolvedLimits = {
  connections: 10_000,
  connectionsPerAddress: 256,
  openingsPerAddress: 64,
  violationsPerAddress: 10,
  topics: 1000,
  topicsPerAddress: 20_000,
  messagesPerSecond: 20,
  messageLength: 65_536,
  unauthenticatedMs: 5000,
  followedTopics: 50_000,
  authorizationsPerSecond: 500,
  bytesPerSecond: 8_388_608,
  bufferedBytesInAll: 134_217_728,
  connectionMs: 86_400_000,
  bufferedBytes: 1_048_576,
  highWaterBytes: 65_536,
  stallMs: 10_000,
};

/** The given limits, with defaults for the others. @throws TickmarkError `INVALID_ARGUMENT`. */
export function resolveLimits(given: GatewayLimits = {}): ResolvedLimits {
  checkNames('Gateway: limits', 'option', given, DEFAULTS);
  const limits = withDefaults(given, DEFAULTS);
  for (const [name, value] of Object.entries(limits)) {
    if (value > 0) continue;
    throw invalidArgument(`Gateway: limits.${name}`, value, 'a number above 0, or Infinity');
  }
  const { bufferedBytes, highWaterBytes } = limits;
  if (!(highWaterBytes * 2 <= bufferedBytes)) {
    throw invalidArgument('Gateway: limits.bufferedBytes', bufferedBytes, 'at least twice highWaterBytes');
  }
  return limits;
}
