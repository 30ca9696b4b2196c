import { FakeClock } from '../../../src/conformance/fake-clock.js';
import type { TickmarkError } from '../../../src/core/errors.js';
import { seededRandom } from '../../../src/core/random.js';
import {
  PollingPriceStreamAdapter,
  type PollingPriceStreamAdapterOptions,
  type PollingSource,
} from '../../../src/streams/polling/index.js';
import { notesOf } from '../connection/notes-of.js';
import { ScriptedFetch, type ScriptedRequest } from '../sse/scripted-fetch.js';

/** A source of `[symbol, price, time]` rows. */
export function quotesSource(source: Partial<PollingSource> = {}): PollingSource {
  return {
    name: 'quotes',
    url: 'http://prices.test/quotes?token=s3cret',
    intervalMs: 1000,
    timeoutMs: 5000,
    decode(body, sink, { receivedAt }) {
      if (body === 'silent') return;
      if (body === 'bad') return sink.failed('bad');
      const rows = JSON.parse(body) as [string, string | number, number | null][];
      if (rows.length === 0) sink.control('empty');
      for (const [symbol, price, time] of rows) {
        if (time === null) sink.update({ symbol, price, timestamp: receivedAt, timeSource: 'received' });
        else sink.update({ symbol, price, timestamp: time });
      }
    },
    ...source,
  };
}

/** Answers a request with rows. */
export function answer(request: ScriptedRequest, rows: unknown, headers: Record<string, string> = {}): void {
  request
    .head(200, headers)
    .write(typeof rows === 'string' ? rows : JSON.stringify(rows))
    .end();
}

/** An adapter on a fake clock, a scripted `fetch`, and all that it has reported. */
export function scripted(
  options: Partial<PollingPriceStreamAdapterOptions> = {},
  source: Partial<PollingSource> = {},
  net = new ScriptedFetch(),
) {
  const clock = new FakeClock();
  const errors: TickmarkError[] = [];
  const adapter = new PollingPriceStreamAdapter({
    source: quotesSource(source),
    clock,
    random: seededRandom(5),
    jitter: 0,
    fetch: net.fetch,
    onError: (error) => errors.push(error),
    ...options,
  });
  const notes = notesOf(adapter);
  const subscribed = async (...symbols: string[]): Promise<void> => {
    await adapter.connect();
    await adapter.subscribe(symbols);
    await clock.advance(5);
  };
  return { adapter, clock, net, errors, ...notes, subscribed };
}
