import { updateFault, type PriceUpdate } from '../../../core/market-data/price-update.js';
import {
  control,
  rejected,
  type LineDecoder,
  type LineNote,
  type RecordingFormat,
} from '../recording-format.js';

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

const MALFORMED_JSON = rejected('malformed-json');
const BAD_TIME_SOURCE = rejected('bad-time-source');
const GAP = control('gap');

/**
 * One `PriceUpdate` as JSON a line. A line whose `type` is `gap` is counted and left out; unknown fields are ignored.
 * Without `receivedAt` the timestamp counts as the receive time.
 */
export const jsonl = {
  name: 'jsonl',
  detect: (firstLine) => /^\s*\{\s*"/.test(firstLine),
  decoder: (): LineDecoder => {
    const faults = new Map<string, LineNote>();
    return (line) => {
      let given: unknown;
      try {
        given = JSON.parse(line);
      } catch {
        return MALFORMED_JSON;
      }
      const fields = given as Readonly<Record<string, unknown>> | null;
      if (fields?.type === 'gap') return GAP;
      const fault = updateFault(given as PriceUpdate, true);
      if (fault !== null) {
        let note = faults.get(fault);
        if (!note) faults.set(fault, (note = rejected(fault)));
        return note;
      }
      return isTimeSource(fields!.timeSource) ? updateOf(fields!) : BAD_TIME_SOURCE;
    };
  },
} as const satisfies RecordingFormat;

function isTimeSource(value: unknown): boolean {
  return value === undefined || value === 'venue' || value === 'received';
}

function updateOf(fields: Readonly<Record<string, unknown>>): PriceUpdate {
  const update: Record<string, unknown> = {};
  for (const name of FIELDS) if (fields[name] !== undefined) update[name] = fields[name];
  update.receivedAt ??= update.timestamp;
  return update as unknown as PriceUpdate;
}
