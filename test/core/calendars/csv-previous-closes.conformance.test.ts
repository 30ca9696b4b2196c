import { describe } from 'vitest';
import { usEquities } from '../../../src/calendars/us-equities.js';
import { previousClosesConformance } from '../../../src/conformance/previous-closes/previous-closes-conformance.js';
import { csvPreviousCloses } from '../../../src/core/calendars/csv-previous-closes.js';
import type { PreviousClose } from '../../../src/core/calendars/previous-closes.js';
import { runner } from '../../conformance/without-skips.js';

const quoted = (field: string): string => `"${field.replaceAll('"', '""')}"`;
const dateOf = (at: number): string => usEquities.sessionOfClose(at)!.date;

describe.each([
  ['times', 'time', (at: number) => new Date(at).toISOString()],
  ['dates of sessions', 'date', dateOf],
])('a CSV of closes with %s', (_, column, timed) => {
  previousClosesConformance(runner, {
    createHarness: () => {
      let text = `symbol,close,currency,${column}\n`;
      let csv = csvPreviousCloses(text);
      return {
        closes: (symbols, request) => csv.load(symbols, request),
        // A text is read once: a new one gets a source of its own.
        put(closes: readonly PreviousClose[]) {
          for (const { symbol, price, closedAt, currency } of closes)
            text += `${[quoted(symbol), price, currency ?? '', timed(closedAt)].join()}\n`;
          csv = csvPreviousCloses(text, { calendar: usEquities });
        },
      };
    },
  });
});
