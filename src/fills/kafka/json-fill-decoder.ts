import { parseExactJson } from '../../core/money/exact-json.js';
import type { LedgerEntryInput } from '../../core/portfolio/ledger/ledger-entry.js';
import type { KafkaRejection } from '../../kafka-client/record-reader.js';
import { jsonObjectOf, keyOf } from '../../kafka-client/record-text.js';
import type { KafkaRecord, KafkaTopicPartition } from '../../kafka-client/kafka-consumer.js';

/** A fill as a record has it: the account, and the entry for its ledger. */
export interface DecodedFill {
  readonly account: string;
  readonly entry: LedgerEntryInput;
}

/**
 * Decodes one record: a fill, several, a rejection (`{ rejected: 'reason' }`), or `undefined` for a record that is valid and has no fill. If it
 * throws, the record is rejected as `decoder-threw`. A record that comes twice must have the same ids and content.
 *
 * @example
 * ```ts
 * import type { KafkaFillDecoder } from 'tickmark/fills';
 *
 * // "f1 buy 10 IBM @ 100.25", with the account as key
 * const decode: KafkaFillDecoder = (value, { key, timestamp }) => {
 *   const [id, type, quantity, symbol, , price] = new TextDecoder().decode(value).split(' ');
 *   if (!id || !quantity || !symbol || !price || (type !== 'buy' && type !== 'sell')) return { rejected: 'no-trade' };
 *   return { account: new TextDecoder().decode(key!), entry: { id, at: Number(timestamp), type, symbol, quantity, price } };
 * };
 * ```
 */
export type KafkaFillDecoder = (
  value: Uint8Array,
  record: KafkaRecord,
  place: KafkaTopicPartition,
) => DecodedFill | readonly DecodedFill[] | KafkaRejection | undefined;

// Everything else that is a number is an amount.
const TIMES: ReadonlySet<string> = new Set(['at', 'settlesAt', 'acquiredAt', 'until']);

/**
 * Decodes a JSON object with the fields of an entry of a ledger, and `account`; without that field, the key of the record is the account. Numbers
 * keep all their digits.
 *
 * Rejections: `not-utf8`, `malformed-json`, `not-an-object`, `no-account`.
 *
 * @example
 * ```ts
 * import { decodeJsonFill } from 'tickmark/fills';
 *
 * const text = '{"id":"f1","at":1767000000000,"type":"buy","symbol":"IBM","quantity":10,"price":100.250}';
 * const record = { key: new TextEncoder().encode('U1'), value: new TextEncoder().encode(text), timestamp: '1767000000001', offset: '0' };
 * console.log(decodeJsonFill(record.value, record, { topic: 'fills', partition: 0 })); // { account: 'U1', entry: { …, price: '100.250' } }
 * ```
 */
export const decodeJsonFill: KafkaFillDecoder = (value, record) => {
  const read = jsonObjectOf(value);
  if (typeof read === 'string') return { rejected: read };
  const { account = keyOf(record), ...entry } = withDigits(read.text, read.fields) as Record<string, unknown>;
  if (typeof account !== 'string' || account === '') return { rejected: 'no-account' };
  return { account, entry: entry as unknown as LedgerEntryInput };
};

// JSON.parse rounds amounts; times are numbers.
function withDigits(text: string, fields: unknown): unknown {
  return merged(parseExactJson(text), fields);
}

function merged(exact: unknown, plain: unknown): unknown {
  if (typeof exact !== 'object' || exact === null) return exact;
  if (Array.isArray(exact)) return exact.map((each, index) => merged(each, (plain as unknown[])[index]));
  const values = plain as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(exact).map(([name, each]) => [
      name,
      TIMES.has(name) ? values[name] : merged(each, values[name]),
    ]),
  );
}
