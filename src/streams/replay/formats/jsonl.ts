import { updateFault, type PriceUpdate } from '../../../core/prices/price-update.js';
import {
  controlLine,
  rejectedLine,
  type LineDecoder,
  type LineNote,
  type RecordingFormat,
} from '../recording-format.js';
import { isSession } from './session.js';

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
  const faults = new Map<string, LineNote>();
  return (given, receivedAt) => {
    const fault = updateFault(given as PriceUpdate, true);
    if (fault !== null) {
      let note = faults.get(fault);
      if (!note) faults.set(fault, (note = rejectedLine(fault)));
      return note;
    }
    const fields = given as Readonly<Record<string, unknown>>;
    return isTimeSource(fields.timeSource) ? updateOf(fields, receivedAt) : BAD_TIME_SOURCE;
  };
}

/**
 * Each line is a `PriceUpdate` as JSON. A line with `type` `gap` is only counted; unknown fields are ignored. Without `receivedAt`, the
 * timestamp is the time of receipt, too.
 */
export const jsonl = {
  name: 'jsonl',
  detect: (firstLine) => /^\s*\{\s*"/.test(firstLine) && !isSession(firstLine),
  decoder: (): LineDecoder => {
    const read = priceReader();
    return (line) => {
      let given: unknown;
      try {
        given = JSON.parse(line);
      } catch {
        return MALFORMED_JSON;
      }
      return (given as { type?: unknown } | null)?.type === 'gap' ? GAP : read(given);
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
