import { isTime, type PriceUpdate } from '../../core/prices/price-update.js';
import { parseExactJson } from '../../core/money/exact-json.js';
import type { KafkaTopicPartition, KafkaRecord } from './kafka-consumer.js';

/** A value that cannot be decoded. `rejected` is the reason: use few, fixed names. */
export interface KafkaRejection {
  readonly rejected: string;
}

/** Result of a decoder: prices in order, a {@link KafkaRejection}, or `undefined` for a record that is valid and has no price. */
export type DecodedRecord = PriceUpdate | readonly PriceUpdate[] | KafkaRejection | undefined;

/**
 * Decodes the value of one record; not called for a tombstone. If it throws, the record is rejected as `decoder-threw`. Return prices as
 * strings with the digits of the payload.
 *
 * @example
 * ```ts
 * import type { KafkaDecoder } from 'tickmark/kafka';
 *
 * // "101.25@1760000000000", with the symbol as key
 * const decode: KafkaDecoder = (value, { key }) => {
 *   const [price, time] = new TextDecoder().decode(value).split('@');
 *   if (!price || !key) return { rejected: 'no-price' };
 *   return { symbol: new TextDecoder().decode(key), price, timestamp: Number(time) };
 * };
 * ```
 */
export type KafkaDecoder = (
  value: Uint8Array,
  record: KafkaRecord,
  place: KafkaTopicPartition,
) => DecodedRecord;

type Fields = Readonly<Record<string, unknown>>;

const PRICES = ['price', 'bid', 'ask', 'previousClose'] as const;
const OTHERS = ['currency', 'sequence', 'state'] as const;
const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Decodes a JSON object with the fields of a {@link PriceUpdate}. `price` is required. `symbol` is the record's key if the object has none.
 * `timestamp` (ms since 1970, number or string) is the venue's time; without it the record's time is used, with `timeSource: 'received'`.
 * Numbers keep all their digits, such as `0.10` and `12345678.123456789`. Other fields are ignored.
 *
 * Rejections: `not-utf8`, `malformed-json`, `not-an-object`; invalid fields are rejected with a reason of `PriceRejection`.
 *
 * @example
 * ```ts
 * import { decodeJsonPrice } from 'tickmark/kafka';
 *
 * const value = new TextEncoder().encode('{"symbol":"ACME","price":101.50,"timestamp":1760000000000}');
 * const record = { key: null, value, timestamp: '1760000000001', offset: '0' };
 * console.log(decodeJsonPrice(value, record, { topic: 'prices', partition: 0 })); // { symbol: 'ACME', price: '101.50', … }
 * ```
 */
export const decodeJsonPrice: KafkaDecoder = (value, record) => {
  const text = textOf(value);
  if (text === undefined) return { rejected: 'not-utf8' };
  let fields = objectOf(text);
  if (typeof fields === 'string') return { rejected: fields };
  if (PRICES.some((name) => typeof (fields as Fields)[name] === 'number')) fields = withDigits(text, fields);
  const symbol = fields.symbol ?? keyOf(record);
  const isVenueTime = fields.timestamp !== undefined && fields.timestamp !== null;
  const timestamp = isVenueTime ? numberOf(fields.timestamp) : timeOf(record);
  const update: Record<string, unknown> = { symbol, price: fields.price, timestamp };
  if (!isVenueTime || fields.timeSource === 'received') update.timeSource = 'received';
  for (const name of ['bid', 'ask', 'previousClose', ...OTHERS]) {
    if (fields[name] !== undefined && fields[name] !== null) update[name] = fields[name];
  }
  return update as unknown as PriceUpdate;
};

/** The key of a record as a string; `undefined` if it has none, or one that is no UTF-8. */
export function keyOf({ key }: KafkaRecord): string | undefined {
  return key === null || key.length === 0 ? undefined : textOf(key);
}

/** The time of a record, ms since 1970; `undefined` if it has none. */
export function timeOf({ timestamp }: KafkaRecord): number | undefined {
  const time = timestamp === '' ? NaN : Number(timestamp);
  return isTime(time) ? time : undefined;
}

function numberOf(value: unknown): unknown {
  return typeof value === 'string' && /^\d+(\.\d+)?$/.test(value) ? Number(value) : value;
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

function objectOf(text: string): Fields | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'malformed-json';
  }
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Fields)
    : 'not-an-object';
}

// JSON.parse rounds 12345678.123456789 and drops the zero of 0.10.
function withDigits(text: string, fields: Fields): Fields {
  const digits = parseExactJson(text) as Fields;
  const exact: Record<string, unknown> = { ...fields };
  for (const name of PRICES) if (typeof fields[name] === 'number') exact[name] = digits[name];
  return exact;
}
