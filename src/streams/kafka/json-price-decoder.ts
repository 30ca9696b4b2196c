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

/**
 * Decodes a JSON object with the fields of a {@link PriceUpdate}. `price` is required. `symbol` is the record's key if the object has none.
 * `timestamp` (ms since 1970, number or string) is the venue's time; without it the record's time is used (the time of receipt for a
 * record that has none), with `timeSource: 'received'`.
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
  const { fields } = read;
  const digits = new PriceDigits(read);
  const isVenueTime = fields.timestamp !== undefined && fields.timestamp !== null;
  const update: JsonPrice = {
    symbol: fields.symbol ?? keyOf(record),
    price: digits.of('price', fields.price),
    timestamp: isVenueTime ? numberOf(fields.timestamp) : timeOf(record),
  };
  if (!isVenueTime || fields.timeSource === 'received') update.timeSource = 'received';
  // Field by field: most records have none of these, and looking names up one after the other takes longer than all the rest.
  const { bid, ask, previousClose, previousCloseAt, accrued, previousAccrued } = fields;
  const { currency, sequence, state } = fields;
  if (bid !== undefined && bid !== null) update.bid = digits.of('bid', bid);
  if (ask !== undefined && ask !== null) update.ask = digits.of('ask', ask);
  if (previousClose !== undefined && previousClose !== null)
    update.previousClose = digits.of('previousClose', previousClose);
  if (previousCloseAt !== undefined && previousCloseAt !== null)
    update.previousCloseAt = numberOf(previousCloseAt);
  if (accrued !== undefined && accrued !== null) update.accrued = digits.of('accrued', accrued);
  if (previousAccrued !== undefined && previousAccrued !== null)
    update.previousAccrued = digits.of('previousAccrued', previousAccrued);
  if (currency !== undefined && currency !== null) update.currency = currency;
  if (sequence !== undefined && sequence !== null) update.sequence = sequence;
  if (state !== undefined && state !== null) update.state = state;
  return update as unknown as PriceUpdate;
};

/** A price as it was sent; it is checked later. */
interface JsonPrice {
  symbol: unknown;
  price: unknown;
  timestamp: unknown;
  timeSource?: 'received';
  bid?: unknown;
  ask?: unknown;
  previousClose?: unknown;
  previousCloseAt?: unknown;
  accrued?: unknown;
  previousAccrued?: unknown;
  currency?: unknown;
  sequence?: unknown;
  state?: unknown;
}

function numberOf(value: unknown): unknown {
  return typeof value === 'string' && /^\d+(\.\d+)?$/.test(value) ? Number(value) : value;
}

const NUMBER = /[ \t\n\r]*:[ \t\n\r]*(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)/y;

/** The digits of numbers in a JSON object: JSON.parse rounds 12345678.123456789 and drops the zero of 0.10. */
class PriceDigits {
  readonly #text: string;
  #exact: JsonFields | undefined;

  constructor({ text }: { readonly text: string }) {
    this.#text = text;
  }

  /** A field as it was written, if it is a number. */
  of(name: string, value: unknown): unknown {
    if (typeof value !== 'number') return value;
    return this.#writtenOnce(name) ?? (this.#exact ??= parseExactJson(this.#text) as JsonFields)[name];
  }

  // Where the name is in the text once, and no letter of any name is escaped, the number behind it is that of the field.
  #writtenOnce(name: string): string | undefined {
    const text = this.#text;
    const quoted = `"${name}"`;
    const at = text.indexOf(quoted);
    if (at < 0 || text.includes(quoted, at + 1) || text.includes('\\')) return undefined;
    NUMBER.lastIndex = at + quoted.length;
    return NUMBER.exec(text)?.[1];
  }
}
