import { assert, assertEqual } from '../../../conformance/assertions.js';
import type { TestRunner } from '../../../conformance/test-runner.js';
import type { Venue } from '../venue.js';
import { checkConnections } from './connection-rules.js';
import { checkEndings, checkGaps, checkGeneralErrors, checkRefusals } from './error-rules.js';
import { checkHostileFrames } from './hostile-rules.js';
import type { PlayedRecording } from './played-recording.js';
import { checkDigits, checkQuotes, Sources } from './price-rules.js';
import { LATER_MS, once, RecordingPlays, type VenueRecording } from './recording-plays.js';
import { checkAnswers, checkRequests } from './request-rules.js';
import { checkSymbols } from './known-symbols.js';
import { checkOrder, checkTimes, checkTimeSource } from './time-rules.js';

/** Options of {@link venueConformance}. */
export interface VenueConformanceOptions {
  /** Makes the venue that is tested. */
  readonly venue: () => Venue;
  /**
   * Recorded sessions of the venue. One has prices; one is recorded from its beginning, if the venue answers logins or subscriptions.
   */
  readonly recordings: readonly VenueRecording[];
  /** Symbols that are subscribed. Default: those that have prices in the recordings. */
  readonly symbols?: readonly string[];
}

/**
 * Registers tests of a {@link Venue} with recorded sessions, without a network. What they expect is in the recordings: the kit plays them
 * several times, also with other prices, at other times, on connections beside each other and with damaged frames, and compares.
 *
 * @example
 * ```ts
 * import { describe, it } from 'vitest';
 * import { kraken, venueConformance } from 'tickmark/websocket';
 *
 * const frames = [
 *   '{"method":"subscribe","result":{"channel":"ticker","symbol":"BTC/USD"},"success":true}',
 *   '{"channel":"ticker","type":"snapshot","data":[{"symbol":"BTC/USD","bid":65083.6,"ask":65083.7,"last":65083.7,' +
 *     '"timestamp":"2026-10-03T20:58:33.794283Z"}]}',
 * ];
 * venueConformance({ describe, it }, { venue: () => kraken(), recordings: [{ name: 'bitcoin', text: frames.join('\n') }] });
 * ```
 */
export function venueConformance({ describe, it }: TestRunner, options: VenueConformanceOptions): void {
  const { venue, recordings } = options;
  const all = recordings.map((recording) => new RecordingPlays(venue, recording));
  const symbols = once(async () => {
    if (options.symbols) return options.symbols;
    const priced = new Set<string>();
    for (const each of all) for (const symbol of await each.pricedSymbols()) priced.add(symbol);
    return [...priced];
  });
  const playsOf = new Map(all.map((each) => [each, once(async () => each.subscribed(await symbols()))]));
  const playAll = once(async () => {
    const played: PlayedRecording[] = [];
    for (const each of all) played.push(await (await playsOf.get(each)!()).plain());
    return played;
  });

  for (const [each, plays] of playsOf) {
    const { name, pricesOf } = each.recording;
    const plain = async () => (await plays()).plain();
    const sources = once(async () => {
      const { plays: marked, marker } = await (await plays()).marked();
      return { sources: new Sources(marked, marker.marks), played: marked.map(({ played }) => played) };
    });

    describe(`Venue: recording ${name}`, () => {
      it('every frame is counted as prices, control or rejected', async () => {
        for (const { run } of (await plain()).connections.values()) {
          const { unexplained, rejected } = run.stats();
          assertEqual(unexplained, 0, 'unexplained frames');
          assertEqual(rejected['decoder-threw'] ?? 0, 0, 'frames for which receive() threw');
        }
      });

      it('prices are strings with the digits of the frame', async () => {
        checkDigits((await plain()).frames);
        checkDigits((await sources()).played);
      });

      it('each price, bid and ask is the newest one of its symbol, from its own field', async () => {
        checkQuotes((await plain()).frames);
        const { sources: found } = await sources();
        found.checkFields();
        found.checkSymbols();
        found.checkNewest();
        found.checkKept();
      });

      it('each price of a frame becomes one update', async () => {
        (await sources()).sources.checkEachOnce();
      });

      it('times are those of the frames, in ms since 1970', async () => {
        const { frames } = await plain();
        checkTimeSource(frames, (await sources()).played, LATER_MS);
        checkTimes(frames);
        checkOrder(frames);
      });

      it('no connection sees anything of another', async () => {
        await checkConnections(venue(), await plays(), await each.first());
      });

      it('an error ends the stream only if it is final', async () => {
        const { frames } = await plain();
        const known = await (await plays()).symbols();
        checkEndings(frames, known);
        checkGaps(frames);
        checkRefusals(frames, known);
        await checkGeneralErrors(venue(), frames, known, await symbols());
      });

      if (pricesOf) {
        it('prices equal those of pricesOf()', async () => {
          for (const { data, updates } of (await plain()).frames) {
            if (typeof data !== 'string') continue;
            const found = updates.map(({ symbol, price }) => ({ symbol, price }));
            assertEqual(found, [...pricesOf(data)], `prices of ${data}`);
          }
        });
      }
    });
  }

  describe('Venue: subscriptions', () => {
    it('the recordings have prices', async () => {
      const prices = (await playAll()).flatMap(({ frames }) => frames.flatMap(({ updates }) => updates));
      assert(prices.length > 0, 'no frame of the recordings becomes a price');
      const asked = await symbols();
      const other = prices.find(
        ({ symbol }) =>
          !asked.includes(symbol) && asked.some((each) => each.toLowerCase() === symbol.toLowerCase()),
      );
      assert(
        other === undefined,
        `prices of ${other?.symbol} come, but it is spelled differently in "symbols"`,
      );
      for (const { frames } of await playAll()) checkSymbols(frames, new Set(options.symbols));
    });

    it('subscribe() and unsubscribe() name their symbols, and differ', async () => {
      await checkRequests(venue, await symbols());
    });

    it('answers of the venue are reported', async () => {
      checkAnswers(venue(), await playAll(), await symbols());
    });

    it('symbolFault() accepts the symbols', async () => {
      for (const symbol of await symbols())
        assertEqual(venue().symbolFault?.(symbol), undefined, `fault of ${symbol}`);
    });
  });

  describe('Venue: hostile frames', () => {
    it('none throws, ends the connection or is not counted', async () => {
      const frames = await Promise.all(all.map((each) => each.some()));
      checkHostileFrames(venue, frames.flat());
    });
  });
}
