import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { sized } from '../sizes.js';
import { GatewayRig, type RigOptions } from './rig/gateway-rig.js';
import { PRICES, SYMBOLS, expectAllCounted, subscribe } from './rig/slow-reader-rig.js';

let rig: GatewayRig;
const start = async (options?: RigOptions) => (rig = await GatewayRig.start(options));
afterEach(() => rig?.end());

/** What a reader does between two frames. */
const turn = fc.record({
  reads: fc.constantFrom(0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 100, 2000, 100_000),
  moves: fc.array(fc.nat(SYMBOLS.length - 1), { maxLength: 20 }),
  ask: fc.constantFrom('', '', '', 'unsubscribe', 'subscribe', 'revoke'),
});

test('whatever a reader does, its buffer stays within the limit, no older value follows a newer one, and every value is counted', async () => {
  const seen = { conflated: 0, cut: 0, full: 0 };
  await fc.assert(
    fc.asyncProperty(fc.array(turn, { minLength: 20, maxLength: 60 }), async (turns) => {
      const limits = { bufferedBytes: 6000, highWaterBytes: 1500, stallMs: 500, messagesPerSecond: 1000 };
      await start({ limits, portfolios: [] });
      const socket = rig.socket();
      await subscribe(rig, socket);
      socket.isReading = false;
      let price = 0;
      const newest = new Map<string, number>();
      const subscribed = new Set<string>(PRICES);
      for (const { reads, moves, ask } of turns) {
        const moved = new Map(moves.map((index) => [SYMBOLS[index]!, ++price]));
        await rig.prices(Object.fromEntries([...moved].map(([symbol, each]) => [symbol, `${each}`])));
        for (const [symbol, each] of moved) newest.set(symbol, each);
        const some = PRICES.slice(price % 10, (price % 10) + 5);
        if (ask === 'revoke') void rig.gateway.revoke();
        else if (ask !== '') socket.say({ type: ask as 'subscribe', topics: some });
        for (const topic of some) {
          if (ask === 'subscribe') subscribed.add(topic);
          else if (ask === 'unsubscribe') subscribed.delete(topic);
        }
        await rig.clock.settle();
        expect(socket.bufferedAmount).toBeLessThanOrEqual(limits.bufferedBytes);
        if (socket.bufferedAmount > limits.highWaterBytes) seen.full++;
        socket.drain(reads);
        if (socket.readyState !== 3) socket.say({ type: 'pong' });
        expectAllCounted(rig);
      }
      socket.isReading = true;
      socket.drain();
      await rig.clock.advance(1000);
      const last = new Map<string, number>();
      for (const message of socket.messages) {
        for (const { symbol, price: text } of 'prices' in message ? message.prices! : []) {
          const told = text === null ? 0 : Number(text);
          expect(told).toBeGreaterThanOrEqual(last.get(symbol) ?? 0);
          last.set(symbol, told);
        }
      }
      if (socket.closeCode === undefined) {
        for (const [symbol, told] of newest) {
          if (subscribed.has(`price:${symbol}`)) expect(last.get(symbol)).toBe(told);
        }
      }
      expectAllCounted(rig);
      seen.conflated += rig.gateway.stats().conflated;
      if (socket.closeCode !== undefined) seen.cut++;
      await rig.end();
    }),
    { numRuns: sized({ quick: 50, gate: 250, full: 2000 }) },
  );
  expect(Math.min(seen.conflated, seen.cut, seen.full)).toBeGreaterThan(5);
});
