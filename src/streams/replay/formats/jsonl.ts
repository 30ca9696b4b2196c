import { updateFault, type PriceUpdate } from '../../../core/prices/price-update.js';
import {
  controlLine,
  rejectedLine,
  type LineDecoder,
  type LineNote,
  type RecordingFormat,
} from '../recording-format.js';
import { rejections } from './rejections.js';
import { isSession } from './session.js';
import { isOfOtherUnit, timeReader } from './times/time-reader.js';

/** All fields of a price: one that is left out does not compile. */
const FIELDS: Readonly<Record<keyof PriceUpdate, true>> = {
  symbol: true,
  price: true,
  timestamp: true,
  timeSource: true,
  receivedAt: true,
  bid: true,
  ask: true,
  previousClose: true,
  previousCloseAt: true,
  accrued: true,
  previousAccrued: true,
  currency: true,
  sequence: true,
  state: true,
};
const NAMES = Object.keys(FIELDS);
/** Fields that are times. */
const TIMES = ['timestamp', 'receivedAt', 'previousCloseAt'] as const;

const MALFORMED_JSON = rejectedLine('malformed-json');
const BAD_TIME_SOURCE = rejectedLine('bad-time-source');
const GAP = controlLine('gap');

/** Reads a price from a JSON object. `receivedAt` is its time of receipt if the object has none. */
export type PriceReader = (given: unknown, receivedAt?: number) => PriceUpdate | LineNote;

/** Makes a reader, which creates one note for each reason of rejection. */
export function priceReader(): PriceReader {
  const rejected = rejections();
  return (given, receivedAt) => {
    const fault = updateFault(given as PriceUpdate, true);
    if (fault !== null) return rejected(fault);
    const fields = given as Readonly<Record<string, unknown>>;
    return isTimeSource(fields.timeSource) ? updateOf(fields, receivedAt) : BAD_TIME_SOURCE;
  };
}

/**
 * Each line is a `PriceUpdate` as JSON. A line with `type` `gap` is only counted; unknown fields are ignored. Without `receivedAt`, the
 * timestamp is the time of receipt, too. Times are in ms since 1970, or in `timeUnit`, or written out as text; without `timeUnit`, numbers of the size of
 * seconds, µs or ns are refused.
 */
export const jsonl = {
  name: 'jsonl',
  heeds: ['timeUnit', 'timeZone', 'dateOrder'],
  detect: ({ firstLine }) => /^\s*\{\s*"/.test(firstLine) && !isSession(firstLine),
  decoder: ({ options, assume }): LineDecoder => {
    const read = priceReader();
    const timeOf = timeReader({ timeUnit: 'ms', ...options }, assume);
    const rejected = rejections();
    return (line) => {
      let given: unknown;
      try {
        given = JSON.parse(line);
      } catch {
        return MALFORMED_JSON;
      }
      const fields = given as Readonly<Record<string, unknown>> | null;
      if (fields?.type === 'gap') return GAP;
      const times: Record<string, number> = {};
      for (const name of TIMES) {
        const time = fields?.[name];
        const isNumber = typeof time === 'number';
        if (isNumber && options.timeUnit === undefined && isOfOtherUnit(time))
          return rejected('other-time-unit');
        const isRead = typeof time === 'string' || (isNumber && options.timeUnit !== undefined);
        const found = isRead ? timeOf(String(time)) : undefined;
        if (typeof found === 'string') return rejected(found);
        if (found !== undefined) times[name] = found;
      }
      return read(Object.keys(times).length === 0 ? given : { ...fields, ...times });
    };
  },
} as const satisfies RecordingFormat;

function isTimeSource(value: unknown): boolean {
  return value === undefined || value === 'venue' || value === 'received';
}

/** The fields of a price that it has, without others. */
export function priceFields(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const update: Record<string, unknown> = {};
  for (const name of NAMES) if (fields[name] !== undefined) update[name] = fields[name];
  return update;
}

function updateOf(fields: Readonly<Record<string, unknown>>, receivedAt: number | undefined): PriceUpdate {
  const update = priceFields(fields);
  update.receivedAt ??= receivedAt ?? update.timestamp;
  return update as unknown as PriceUpdate;
}
