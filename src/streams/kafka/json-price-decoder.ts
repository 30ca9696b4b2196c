import { isTime, type PriceUpdate } from '../../core/prices/price-update.js';
import { parseExactJson } from '../../core/money/exact-json.js';
import type { KafkaTopicPartition, KafkaRecord } from './kafka-consumer.js';

/** A payload that cannot be read, and why: one of few, fixed names. */
export interface KafkaRejection {
  readonly rejected: string;
}

/** What a record comes to: prices in order, a {@link KafkaRejection}, or nothing when it carries no price and belongs there. */
export type DecodedRecord = PriceUpdate | readonly PriceUpdate[] | KafkaRejection | undefined;

/**
 * Reads the value of one record; never called for a tombstone. What it throws counts as rejected, `decoder-threw`. Prices
 * should be the payload's own digits as text.
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
 * Reads a JSON object with the fields of a {@link PriceUpdate}: `price` is needed, `symbol` is the record's key unless the
 * object names it, `timestamp` (ms since 1970, as number or text) is the venue's time; without one the record's own time is taken, as `received`.
 * Numbers keep every digit that is written: `0.10` and `12345678.123456789` arrive as they are. Other fields are ignored.
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

/** The key of a record as text, or `undefined` when it has none or one that is no text. */
export function keyOf({ key }: KafkaRecord): string | undefined {
  return key === null || key.length === 0 ? undefined : textOf(key);
}

/** The time of a record, ms since 1970, or `undefined` when it tells none. */
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

// JSON.parse rounds 12345678.123456789 and forgets the zero of 0.10.
function withDigits(text: string, fields: Fields): Fields {
  const digits = parseExactJson(text) as Fields;
  const exact: Record<string, unknown> = { ...fields };
  for (const name of PRICES) if (typeof fields[name] === 'number') exact[name] = digits[name];
  return exact;
}
