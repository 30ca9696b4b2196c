import { isTime } from '../core/prices/price-update.js';
import type { KafkaRecord } from './kafka-consumer.js';

/** The fields of a JSON object. */
export type JsonFields = Readonly<Record<string, unknown>>;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The key of a record as a string; `undefined` if it has none, or one that is no UTF-8. */
export function keyOf({ key }: KafkaRecord): string | undefined {
  return key === null || key.length === 0 ? undefined : textOf(key);
}

/** The time of a record, ms since 1970; `undefined` if it has none. */
export function timeOf({ timestamp }: KafkaRecord): number | undefined {
  const time = timestamp === '' ? NaN : Number(timestamp);
  return isTime(time) ? time : undefined;
}

/** The JSON object that a value is, and its text; otherwise the reason of the rejection. */
export function jsonObjectOf(
  value: Uint8Array,
): { readonly text: string; readonly fields: JsonFields } | string {
  const text = textOf(value);
  if (text === undefined) return 'not-utf8';
  let fields: unknown;
  try {
    fields = JSON.parse(text);
  } catch {
    return 'malformed-json';
  }
  const isObject = typeof fields === 'object' && fields !== null && !Array.isArray(fields);
  return isObject ? { text, fields: fields as JsonFields } : 'not-an-object';
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}
