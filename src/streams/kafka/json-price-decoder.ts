import { parseExactJson } from '../../core/money/exact-json.js';
import type { PriceUpdate } from '../../core/prices/price-update.js';
import type { KafkaTopicPartition, KafkaRecord } from '../../kafka-client/kafka-consumer.js';
import type { KafkaRejection } from '../../kafka-client/record-reader.js';
import { jsonObjectOf, keyOf, timeOf, type JsonFields } from '../../kafka-client/record-text.js';

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

const PRICES = ['price', 'bid', 'ask', 'previousClose'] as const;
const OTHERS = ['currency', 'sequence', 'state'] as const;

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
  const read = jsonObjectOf(value);
  if (typeof read === 'string') return { rejected: read };
  let { fields } = read;
  const { text } = read;
  if (PRICES.some((name) => typeof fields[name] === 'number')) fields = withDigits(text, fields);
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

function numberOf(value: unknown): unknown {
  return typeof value === 'string' && /^\d+(\.\d+)?$/.test(value) ? Number(value) : value;
}

// JSON.parse rounds 12345678.123456789 and drops the zero of 0.10.
function withDigits(text: string, fields: JsonFields): JsonFields {
  const digits = parseExactJson(text) as JsonFields;
  const exact: Record<string, unknown> = { ...fields };
  for (const name of PRICES) if (typeof fields[name] === 'number') exact[name] = digits[name];
  return exact;
}
