import { assert, assertEqual } from '../../../conformance/assertions.js';
import type { TestRunner } from '../../../conformance/test-runner.js';
import type { PriceUpdate } from '../../../core/prices/price-update.js';
import type { Venue } from '../venue.js';
import { hostileFrames } from './hostile-frames.js';
import { framesOf, playedRecording, RECORDED_AT, type VenueRecording } from './played-recording.js';
import { VenueRun } from './venue-run.js';

/** Options of {@link venueConformance}. */
export interface VenueConformanceOptions {
  /** Makes the venue that is tested. */
  readonly venue: () => Venue;
  /** Recorded sessions of the venue. */
  readonly recordings: readonly VenueRecording[];
  /** At least two symbols of the venue. */
  readonly symbols: readonly string[];
}

const SAMPLE_LENGTH = 20_000;

/**
 * Registers tests of a {@link Venue} with recorded sessions, without a network: every frame is accounted for, prices have the digits of the
 * frame, times are in ms, no state outlives a connection, and no hostile frame throws or ends the connection.
 *
 * @example
 * ```ts
 * import { describe, it } from 'vitest';
 * import { kraken, venueConformance } from 'tickmark/websocket';
 *
 * venueConformance(
 *   { describe, it },
 *   {
 *     venue: () => kraken(),
 *     recordings: [{ name: 'heartbeats', minPrices: 0, text: '{"channel":"heartbeat"}' }],
 *     symbols: ['BTC/USD', 'ETH/USD'],
 *   },
 * );
 * ```
 */
export function venueConformance({ describe, it }: TestRunner, options: VenueConformanceOptions): void {
  const { venue, recordings, symbols } = options;

  for (const recording of recordings) {
    const { name, minPrices = 1, maxSkewMs = 3_600_000, pricesOf } = recording;
    describe(`Venue: recording ${name}`, () => {
      it('every frame is counted as prices, control or rejected', async () => {
        const { runs } = await playedRecording(venue(), recording);
        const prices = runs.reduce((sum, run) => sum + run.stats().prices, 0);
        for (const run of runs) {
          assertEqual(run.stats().unexplained, 0, 'unexplained frames');
          assertEqual(run.stats().rejected['decoder-threw'] ?? 0, 0, 'frames for which receive() threw');
        }
        assert(prices >= minPrices, `at least ${minPrices} prices, got ${prices}`);
      });

      it('prices are strings with the digits of the frame', async () => {
        await playedRecording(venue(), recording, ({ numbers, updates }) => {
          for (const update of updates) checkDigits(update, numbers);
        });
      });

      it('times are ms since 1970', async () => {
        await playedRecording(venue(), recording, ({ at, updates }) => {
          for (const { symbol, timestamp, timeSource } of updates) {
            if (timeSource === 'received')
              assertEqual(timestamp, at ?? RECORDED_AT, `receive time of ${symbol}`);
            else if (at !== undefined)
              assert(
                Math.abs(timestamp - at) <= maxSkewMs,
                `time of ${symbol}: ${timestamp}, recorded at ${at}`,
              );
          }
        });
      });

      it('a second connection uses no state of the first', async () => {
        const one = venue();
        const first = await playedRecording(one, recording);
        const second = await playedRecording(one, recording);
        assertEqual(
          second.runs.map((run) => run.reports),
          first.runs.map((run) => run.reports),
          'reports of the second run',
        );
      });

      if (pricesOf) {
        it('prices equal those of pricesOf()', async () => {
          await playedRecording(venue(), recording, ({ frame, updates }) => {
            if (typeof frame !== 'string') return;
            const found = updates.map(({ symbol, price }) => ({ symbol, price }));
            assertEqual(found, [...pricesOf(frame)], `prices of ${frame}`);
          });
        });
      }
    });
  }

  describe('Venue: subscriptions', () => {
    it('subscribe() and unsubscribe() name every symbol in their frames', async () => {
      for (const verb of ['subscribe', 'unsubscribe'] as const) {
        const { session } = new VenueRun(venue(), RECORDED_AT);
        const frames = await session[verb](symbols);
        assert(frames.length > 0, `${verb}() gives at least one frame`);
        const text = frames.join('\n').toLowerCase();
        for (const symbol of symbols)
          assert(text.includes(symbol.toLowerCase()), `${verb}() names ${symbol}`);
      }
    });

    it('symbolFault() accepts the symbols', async () => {
      for (const symbol of symbols)
        assertEqual(venue().symbolFault?.(symbol), undefined, `fault of ${symbol}`);
    });
  });

  describe('Venue: hostile frames', () => {
    it('none throws, ends the connection or is not counted', async () => {
      const samples = await Promise.all(recordings.map(framesOf));
      const frames = samples.flatMap((each) => each.slice(0, 50).map(({ data }) => data));
      for (const hostile of hostileFrames(frames.filter(isSample))) {
        const run = new VenueRun(venue(), RECORDED_AT);
        run.receive(hostile);
        const shown = String(hostile).slice(0, 80);
        const { unexplained, rejected } = run.stats();
        assertEqual(unexplained, 0, `unexplained frames after ${shown}`);
        assertEqual(
          rejected['decoder-threw'] ?? 0,
          0,
          `frames for which receive() threw, after the frame ${JSON.stringify(shown)}`,
        );
        for (const { kind } of run.reports) {
          assert(kind !== 'broken' && kind !== 'fatal' && kind !== 'rotate', `no ${kind} after ${shown}`);
        }
      }
      assertEqual(
        ({} as { polluted?: unknown }).polluted,
        undefined,
        'a property that every object inherits',
      );
    });
  });
}

/** Whether a frame is small enough to replace each of its values: an order book of thousands of levels is not. */
function isSample(data: string | Uint8Array): data is string {
  return typeof data === 'string' && data.length <= SAMPLE_LENGTH;
}

function checkDigits(update: PriceUpdate, numbers: ReadonlySet<string>): void {
  const { symbol, price, bid, ask, previousClose } = update;
  for (const [field, value] of Object.entries({ price, bid, ask, previousClose })) {
    if (value === undefined) continue;
    assertEqual(typeof value, 'string', `type of ${field} of ${symbol}`);
    assert(numbers.has(String(value)), `${field} of ${symbol} is in a frame as ${value}`);
  }
}
