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
import { timeReader } from './times/time-reader.js';

const FIELDS = [
  'symbol',
  'price',
  'timestamp',
  'timeSource',
  'receivedAt',
  'bid',
  'ask',
  'previousClose',
  'currency',
  'sequence',
  'state',
] as const satisfies readonly (keyof PriceUpdate)[];

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
 * timestamp is the time of receipt, too. Times are in ms since 1970, or in `timeUnit`, or written out as text.
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
      for (const name of ['timestamp', 'receivedAt'] as const) {
        const time = fields?.[name];
        const isRead =
          typeof time === 'string' || (typeof time === 'number' && options.timeUnit !== undefined);
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

function updateOf(fields: Readonly<Record<string, unknown>>, receivedAt: number | undefined): PriceUpdate {
  const update: Record<string, unknown> = {};
  for (const name of FIELDS) if (fields[name] !== undefined) update[name] = fields[name];
  update.receivedAt ??= receivedAt ?? update.timestamp;
  return update as unknown as PriceUpdate;
}
