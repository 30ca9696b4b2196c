import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import {
  readRecording,
  type LineCounts,
  type ReadRecordingOptions,
} from '../../../src/streams/replay/index.js';
import { sized } from '../../sizes.js';
import { zipOf } from './zip-of.js';

// Field faults, section 11: rows of tables were dropped without a word, and tables in other units, zones and shapes were refused.

const folder = mkdtempSync(join(tmpdir(), 'tickmark-tables-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Row {
  readonly time: number;
  readonly symbol: string;
  readonly price: string;
  readonly currency: string;
}

/** A way to write times, and the options with which they are read. */
interface TimeStyle {
  readonly write: (ms: number) => string;
  readonly options: ReadRecordingOptions;
}

const pad = (value: number, digits = 2): string => String(value).padStart(digits, '0');

const formats = new Map<string, Intl.DateTimeFormat>();
function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known) return known;
  const format = new Intl.DateTimeFormat('en-US', {
    ...{ timeZone: zone, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit' },
    ...{ hour: '2-digit', minute: '2-digit', second: '2-digit' },
  });
  formats.set(zone, format);
  return format;
}

/** What clocks of a zone show. */
function wall(ms: number, zone: string): { date: [number, number, number]; clock: string } {
  const parts = new Map(
    formatOf(zone)
      .formatToParts(ms)
      .map(({ type, value }) => [type, value]),
  );
  const part = (name: Intl.DateTimeFormatPartTypes): string => parts.get(name)!;
  return {
    date: [Number(part('year')), Number(part('month')), Number(part('day'))],
    clock: `${part('hour')}:${part('minute')}:${part('second')}.${pad(ms % 1000, 3)}`,
  };
}

const ZONES = ['America/New_York', 'Asia/Kolkata', 'Europe/London', 'Australia/Lord_Howe', 'UTC'];
const local = (
  zone: string,
  write: (date: [number, number, number], clock: string) => string,
  more = {},
): TimeStyle => ({
  write: (ms) => {
    const { date, clock } = wall(ms, zone);
    return write(date, clock);
  },
  options: { timeZone: zone, ...more },
});

const timeStyle: fc.Arbitrary<TimeStyle> = fc.oneof(
  fc.constantFrom<TimeStyle>(
    { write: (ms) => `${Math.floor(ms / 1000)}.${pad(ms % 1000, 3)}`, options: {} },
    { write: (ms) => String(ms), options: {} },
    { write: (ms) => `${ms}789`, options: {} },
    { write: (ms) => `${ms}789123`, options: {} },
    { write: (ms) => `${ms}789`, options: { timeUnit: 'us' } },
    { write: (ms) => new Date(ms).toISOString(), options: {} },
    { write: (ms) => new Date(ms + 5.5 * 3_600_000).toISOString().replace('Z', '+05:30'), options: {} },
    { write: (ms) => new Date(ms).toISOString().replace('T', ' ').replace('Z', ' UTC'), options: {} },
  ),
  fc.constantFrom(...ZONES).chain((zone) =>
    fc.constantFrom(
      local(zone, ([y, m, d], clock) => `${y}-${pad(m)}-${pad(d)} ${clock}`),
      local(zone, ([y, m, d], clock) => `${y}/${m}/${d} ${clock}`),
      local(zone, ([y, m, d], clock) => `${y}${pad(m)}${pad(d)} ${clock.replaceAll(':', '')}`),
      local(zone, ([y, m, d], clock) => `${pad(d)}.${pad(m)}.${y} ${clock}`, { dateOrder: 'dmy' }),
      local(zone, ([y, m, d], clock) => `${m}/${d}/${y} ${clock}`, { dateOrder: 'mdy' }),
    ),
  ),
);

const row: fc.Arbitrary<Row> = fc.record({
  // Around noon in UTC, far from the hours at which zones change their clocks.
  time: fc
    .tuple(
      fc.integer({ min: 10_957, max: 40_000 }),
      fc.integer({ min: 12 * 3_600_000, max: 13 * 3_600_000 - 1 }),
    )
    .map(([day, ms]) => day * 86_400_000 + ms),
  symbol: fc.constantFrom('AAPL', 'BRK.B', 'EUR/USD', 'BTC-USD', '600519', 'Größe', 'say "hi"', 'A, B; C|D'),
  price: fc
    .tuple(fc.integer({ min: -1_000_000, max: 1_000_000_000 }), fc.integer({ min: 0, max: 6 }))
    .map(([units, scale]) => (units / 10 ** scale).toFixed(scale)),
  currency: fc.constantFrom('USD', 'EUR', 'GBp', ''),
});

type Bad =
  | 'wrong-number-of-fields'
  | 'not-a-number'
  | 'comma-in-price'
  | 'bad-timestamp'
  | 'empty-symbol'
  | 'quote-does-not-end';
const bad = fc.constantFrom<Bad>(
  'wrong-number-of-fields',
  'not-a-number',
  'comma-in-price',
  'bad-timestamp',
  'empty-symbol',
  'quote-does-not-end',
);

const NAMES = { time: 'Timestamp', symbol: 'Ticker', price: 'Last', currency: 'CCY', other: 'Notes' };

const table = fc.record({
  rows: fc.array(fc.tuple(row, fc.option(bad, { freq: 4 })), { minLength: 1, maxLength: 12 }),
  style: timeStyle,
  separator: fc.constantFrom(',', ';', '\t', '|'),
  order: fc.shuffledSubarray(['time', 'symbol', 'price', 'currency', 'other'] as const, { minLength: 5 }),
  header: fc.constantFrom<'known' | 'named' | 'none' | 'listed'>('known', 'named', 'none', 'listed'),
  quoting: fc.constantFrom<'all' | 'needed'>('all', 'needed'),
  lineBreak: fc.constantFrom('\n', '\r\n'),
  hasMark: fc.boolean(),
  blankLines: fc.boolean(),
  packing: fc.constantFrom<'none' | 'gzip' | 'zip'>('none', 'gzip', 'zip'),
});

test('what is written in any of these ways is read as it was, and all other rows are refused with their reason', async () => {
  let count = 0;
  await fc.assert(
    fc.asyncProperty(
      table,
      async ({ rows, style, separator, order, header, quoting, lineBreak, hasMark, blankLines, packing }) => {
        const quoted = (text: string): string =>
          quoting === 'all' || /[",;|\t]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
        const lineOf = ({ time, symbol, price, currency }: Row, fault: Bad | null): string => {
          const fields = { time: style.write(time), symbol, price, currency, other: 'a note, or; two' };
          if (fault === 'not-a-number') fields.price = 'n/a';
          if (fault === 'comma-in-price') fields.price = '1234,56';
          if (fault === 'bad-timestamp') fields.time = 'yesterday';
          if (fault === 'empty-symbol') fields.symbol = '';
          const written = order.map((name) => quoted(fields[name]));
          if (fault === 'wrong-number-of-fields') written.pop();
          if (fault === 'quote-does-not-end') written.push('"');
          return written.join(separator);
        };
        // Without a header, the first row shows what rows look like.
        const given = rows.map(
          ([each, fault], index) => [each, index === 0 && header !== 'known' ? null : fault] as const,
        );
        const names = order.map((name) =>
          header === 'named' && name === 'price' ? 'Fair Value' : NAMES[name],
        );
        const hasHeader = header !== 'none';
        const lines = [
          ...(hasHeader ? [names.map(quoted).join(separator)] : []),
          ...given.map(([each, fault]) => lineOf(each, fault)),
        ];
        const text =
          (hasMark ? '\uFEFF' : '') +
          lines.map((line) => line + lineBreak + (blankLines ? lineBreak : '')).join('');
        const file = join(folder, `${++count % 8}.csv`);
        writeFileSync(
          file,
          packing === 'none' ? text : packing === 'gzip' ? gzipSync(text) : zipOf({ 'a/b.csv': text }),
        );

        let counts: LineCounts | undefined;
        const options: ReadRecordingOptions = {
          ...style.options,
          ...(header === 'named' ? { columns: { price: 'fair value' } } : {}),
          ...(header === 'none' || header === 'listed'
            ? { columns: order.map((name) => (name === 'other' ? '-' : name)) }
            : {}),
          onEnd: (each) => (counts = each),
        };
        const read = [];
        for await (const update of readRecording(file, options)) read.push(update);

        const good = given.flatMap(([each, fault]) => (fault === null ? [each] : []));
        expect(read).toEqual(
          good.map(({ time, symbol, price, currency }) => ({
            symbol,
            price,
            timestamp: time,
            receivedAt: time,
            ...(currency === '' ? {} : { currency }),
          })),
        );
        const refused: Record<string, number> = {};
        for (const [, fault] of given) if (fault !== null) refused[fault] = (refused[fault] ?? 0) + 1;
        expect(counts!.rejected).toEqual(refused);
        const total = Object.values(counts!.rejected).reduce((sum, each) => sum + each, 0);
        expect(counts!.priceLines + total).toBe(given.length);
        for (const { line, text: shown } of Object.values(counts!.firstRejected))
          expect(text.replace('\uFEFF', '').split(lineBreak)[line - 1]).toBe(shown);
      },
    ),
    { numRuns: sized({ quick: 60, gate: 300, full: 20_000 }) },
  );
});
