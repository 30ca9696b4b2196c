import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FakeClock } from '../../../../src/conformance/fake-clock.js';
import { combineStreams } from '../../../../src/core/streams/combined/combined-price-stream.js';
import { isGap } from '../../../../src/core/streams/price-stream-adapter.js';
import { failure, ScriptedStream } from './scripted-stream.js';

const STREAMS = 3;
const SYMBOLS = Array.from({ length: 9 }, (_, at) => `S${at}`);
const partOf = (symbol: string): number => Number(symbol.slice(1)) % STREAMS;
/** The name of a symbol: another one at each stream but the first. */
const nameOf = (symbol: string): string => (partOf(symbol) === 0 ? symbol : `${symbol}@${partOf(symbol)}`);

const symbols = fc.subarray(SYMBOLS, { minLength: 1 });
const part = fc.nat({ max: STREAMS - 1 });
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('subscribe' as const), symbols }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('unsubscribe' as const), symbols }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('send' as const), symbols }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constantFrom('break', 'restore', 'fail', 'reconnect'), part }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('refuse' as const), part }) },
);

// A model of what each part of a combined stream does: prices are delivered once each, under the name of the book, of the right stream.
test('each price of a subscribed symbol is delivered once, by its own stream; the status says which symbols get none', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), async (steps) => {
      const clock = new FakeClock();
      const parts = Array.from({ length: STREAMS }, () => new ScriptedStream(clock));
      const stream = combineStreams(
        parts.map(({ adapter }) => adapter),
        partOf,
        { clock, random: () => 0.5, symbols: nameOf },
      );
      const delivered: string[] = [];
      const gaps: string[] = [];
      stream.onMessage((message) => {
        if (isGap(message)) gaps.push(...message.symbols);
        else delivered.push(`${message.symbol} ${message.price}`);
      });
      const expected: string[] = [];
      const wanted = new Set<string>();
      const state = parts.map(() => 'up' as 'up' | 'broken' | 'failed');
      let price = 0;
      await stream.connect();
      for (const { kind, ...of } of steps) {
        const given = 'symbols' in of ? of.symbols : [];
        const at = 'part' in of ? of.part : 0;
        const target = parts[at]!;
        // All together are the end of the stream, which another test has.
        const isLast = state.every((each, other) => other === at || each === 'failed');
        if (kind === 'subscribe') {
          await stream.subscribe(given);
          for (const symbol of given) wanted.add(symbol);
        } else if (kind === 'unsubscribe') {
          await stream.unsubscribe(given);
          for (const symbol of given) wanted.delete(symbol);
        } else if (kind === 'send') {
          for (const symbol of given) {
            const own = partOf(symbol);
            // A price over the wrong stream, and one under a name that this stream does not have.
            parts[(own + 1) % STREAMS]!.send(nameOf(symbol), ++price);
            parts[own]!.send(nameOf(symbol), ++price);
            if (wanted.has(symbol) && state[own] !== 'failed') expected.push(`${symbol} ${price}`);
          }
        } else if (kind === 'break' && state[at] === 'up') {
          target.break();
          state[at] = 'broken';
        } else if (kind === 'restore' && state[at] === 'broken') {
          gaps.length = 0;
          target.restore();
          state[at] = 'up';
          expect(gaps.sort()).toEqual([...wanted].filter((symbol) => partOf(symbol) === at).sort());
        } else if (kind === 'fail' && state[at] !== 'failed' && !isLast) {
          target.fail();
          state[at] = 'failed';
        } else if (kind === 'reconnect' && state[at] === 'failed') {
          gaps.length = 0;
          await target.adapter.connect();
          state[at] = 'up';
          expect(gaps.sort()).toEqual([...wanted].filter((symbol) => partOf(symbol) === at).sort());
        } else if (kind === 'refuse' && state[at] !== 'failed') {
          const [symbol] = SYMBOLS.filter((each) => partOf(each) === at && !wanted.has(each));
          if (symbol === undefined) continue;
          target.subscribeErrors.push(failure('busy', { retryable: true }));
          await expect(stream.subscribe([symbol])).rejects.toThrow('busy');
        }
        await clock.settle();
        const without = [...wanted].filter((symbol) => state[partOf(symbol)] !== 'up').sort();
        const status = stream.getStatus();
        if (state.every((each) => each !== 'up')) expect(status.state).toBe('reconnecting');
        else if (without.length === 0)
          expect(status.state).toBe(wanted.size > 0 ? 'subscribed' : 'connected');
        else
          expect([status.state, 'symbols' in status && [...status.symbols].sort()]).toEqual([
            'degraded',
            without,
          ]);
      }
      expect(delivered).toEqual(expected);
      await stream.disconnect();
      expect(clock.pending).toBe(0);
      for (const { adapter } of parts) expect(adapter.getStatus().state).toBe('disconnected');
    }),
    { numRuns: 300 },
  );
});
