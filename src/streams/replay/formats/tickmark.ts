import type { StreamStatus } from '../../../core/streams/price-stream-adapter.js';
import type { PriceStreamGap } from '../../../core/prices/price-stream-gap.js';
import { isTime } from '../../../core/prices/price-update.js';
import {
  controlLine,
  isPrice,
  rejectedLine,
  type LineDecoder,
  type RecordedMessage,
  type RecordingFormat,
} from '../recording-format.js';
import { priceFields, priceReader } from './jsonl.js';

/** First line of a recording. */
export interface RecordingHeader {
  readonly tickmark: 'recording';
  /** Version of the line format. */
  readonly version: 1;
  /** When the recording began, ms since 1970. */
  readonly startedAt: number;
}

const HEADER = controlLine('header');
const END = controlLine('end');
const MALFORMED_JSON = rejectedLine('malformed-json');
const BAD_TIME = rejectedLine('bad-time');
const BAD_GAP = rejectedLine('bad-gap');
const BAD_STATUS = rejectedLine('bad-status');
const UNKNOWN_VERSION = rejectedLine('unknown-version');
const UNKNOWN_LINE = rejectedLine('unknown-line');

const REASONS: readonly unknown[] = ['disconnect', 'silence', 'sequence', 'overflow'];
const STATES: readonly unknown[] = [
  'disconnected',
  'connecting',
  'connected',
  'subscribed',
  'reconnecting',
  'degraded',
  'failed',
];

type Fields = Readonly<Record<string, unknown>>;

/** Serializes a message as a line of a recording, without a line break. @param at When it was received, ms since 1970. */
export function recordedLine(message: RecordedMessage, at: number): string {
  if (!isPrice(message)) {
    if (message.type === 'gap') return JSON.stringify({ at, ...gapFields(message) });
    const { status } = message;
    const detail = status.state === 'failed' ? { state: 'failed', code: status.error.code } : status;
    return JSON.stringify({ at, type: 'status', ...detail });
  }
  // A number stays a number and a string a string, so that both are read back as they were.
  const { receivedAt, ...fields } = priceFields({ ...message });
  return JSON.stringify({ at, ...fields, ...(receivedAt !== at && { receivedAt }) });
}

function gapFields({ from, to, symbols, reason, recovered }: PriceStreamGap): PriceStreamGap {
  return { type: 'gap', from, to, symbols, reason, recovered };
}

/**
 * The format of `recordPriceStream`: each line is a JSON object, in the order of the stream. The first one is a {@link RecordingHeader}; then
 * - a price: `{"at", "symbol", "price", "timestamp", …}`, with the other fields of the `PriceUpdate`. `at` is when it was received, ms since
 *   1970; `receivedAt` is left out if it is the same;
 * - a gap: `{"at", "type": "gap", "from", "to", "symbols", "reason", "recovered"}`;
 * - a status: `{"at", "type": "status", "state", …}`, with the error's `code` if the state is `failed`;
 * - the last line of a recording that was closed: `{"at", "type": "end"}`.
 */
export const tickmark = {
  name: 'tickmark',
  mayBeTruncated: true,
  heeds: [],
  detect: ({ firstLine }) => /^\{"tickmark":"recording"/.test(firstLine),
  decoder: (): LineDecoder => {
    const readFields = priceReader();
    let isKnown = true;
    return (line) => {
      let given: unknown;
      try {
        given = JSON.parse(line);
      } catch {
        return MALFORMED_JSON;
      }
      if (typeof given !== 'object' || given === null) return UNKNOWN_LINE;
      const fields = given as Fields;
      if (fields.tickmark === 'recording') isKnown = fields.version === 1;
      if (!isKnown) return UNKNOWN_VERSION;
      if (fields.tickmark === 'recording') return HEADER;
      const { at, type } = fields;
      if (!isTime(at)) return BAD_TIME;
      if (type === undefined) return readFields(given, at);
      if (type === 'gap') return isGapOf(fields) ? gapFields(fields) : BAD_GAP;
      if (type === 'status') return statusOf(fields, at) ?? BAD_STATUS;
      return type === 'end' ? END : UNKNOWN_LINE;
    };
  },
} as const satisfies RecordingFormat;

function isGapOf(fields: unknown): fields is PriceStreamGap {
  const { from, to, symbols, reason, recovered } = fields as Record<string, unknown>;
  return (
    isTime(from) &&
    isTime(to) &&
    isSymbolList(symbols) &&
    REASONS.includes(reason) &&
    typeof recovered === 'boolean'
  );
}

function isSymbolList(symbols: unknown): symbols is readonly string[] {
  return Array.isArray(symbols) && symbols.every((symbol) => typeof symbol === 'string');
}

function statusOf(fields: Fields, at: number): RecordedMessage | undefined {
  const { state, attempt, nextTryAt, symbols } = fields;
  if (!STATES.includes(state)) return undefined;
  if (state === 'degraded')
    return isSymbolList(symbols) ? { type: 'status', at, status: { state, symbols } } : undefined;
  if (state !== 'reconnecting') return { type: 'status', at, status: { state } as StreamStatus };
  return Number.isSafeInteger(attempt) && isTime(nextTryAt)
    ? { type: 'status', at, status: { state, attempt: attempt as number, nextTryAt } }
    : undefined;
}
