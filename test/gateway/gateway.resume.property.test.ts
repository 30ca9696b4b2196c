import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { GatewayRig, DESK, type RigOptions } from './rig/gateway-rig.js';
import { sized } from '../sizes.js';
import type { StreamReader } from './rig/stream-reader.js';

let rig: GatewayRig;
const start = async (options?: RigOptions) => (rig = await GatewayRig.start(options));
afterEach(() => rig?.end());

/** What a page knows: values by topic, kept as the protocol says. */
class Page {
  readonly values = new Map<string, unknown>();
  position = '';
  #offset = -1;
  #seen = 0;

  take(reader: StreamReader): void {
    for (const message of reader.messages.slice(this.#seen)) {
      this.#seen++;
      if (message.type !== 'snapshot' && message.type !== 'update') continue;
      for (const price of message.prices ?? []) this.#set(`price:${price.symbol}`, price.price);
      for (const { id, marketValue } of message.portfolios ?? []) this.#set(`portfolio:${id}`, marketValue);
      for (const { id, full, rows, removed } of message.positions ?? []) {
        const known = full
          ? new Map<string, unknown>()
          : new Map(this.values.get(`positions:${id}`) as Map<string, unknown>);
        for (const symbol of removed) known.delete(symbol);
        for (const row of rows) {
          // Without a break, a row that arrives differs. After a break, it may have changed and changed back.
          if (!full && message.type === 'update') expect(known.get(row.symbol)).not.toEqual(row);
          known.set(row.symbol, row);
        }
        this.values.set(`positions:${id}`, known);
      }
      if (message.position) {
        const offset = Number(message.position.split(':')[1]);
        expect(offset).toBeGreaterThanOrEqual(this.#offset);
        this.#offset = offset;
        this.position = message.position;
      }
    }
  }

  /** Another connection. */
  reconnected(isNewEpoch: boolean): void {
    this.#seen = 0;
    if (isNewEpoch) this.#offset = -1;
  }

  #set(topic: string, value: unknown): void {
    this.values.set(topic, value);
  }
}

/** Something that happens. */
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('tick' as const),
      symbol: fc.constantFrom('ACME', 'GLOBEX'),
      price: fc.integer({ min: 1, max: 9 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('break' as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('back' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(1000, 20_000) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
);

const TOPICS = ['price:ACME', 'price:GLOBEX', 'portfolio:desk', 'positions:desk'];
const HISTORY_MS = 10_000;

test('after any break a page has the values of the gateway, knows whether it missed any, and gets none twice', async () => {
  const seen = { recovered: 0, lost: 0, restarts: 0 };
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
      await start({ historyMs: HISTORY_MS, refreshMs: 3_600_000, staleAfter: Infinity, portfolios: [DESK] });
      await rig.prices({ ACME: '5', GLOBEX: '5' });
      const page = new Page();
      let reader: StreamReader | null = await rig.stream(TOPICS);
      let awayAt = 0;
      let isRestarted = false;
      /** What has changed while the page was disconnected. */
      let changed = new Set<string>();
      const prices = new Map([
        ['ACME', '5'],
        ['GLOBEX', '5'],
      ]);
      page.take(reader);
      for (const each of steps) {
        if (each.do === 'tick') {
          // The same price again is a change as well: it has another time.
          changed.add(each.symbol);
          prices.set(each.symbol, `${each.price}`);
          await rig.prices({ [each.symbol]: `${each.price}` });
        } else if (each.do === 'wait') await rig.clock.advance(each.ms);
        else if (each.do === 'break' && reader) {
          await reader.cancel();
          reader = null;
          awayAt = rig.clock.now();
          changed = new Set();
        } else if (each.do === 'restart') {
          if (reader) awayAt = rig.clock.now();
          reader = null;
          isRestarted = true;
          changed = new Set(['ACME', 'GLOBEX']);
          await rig.restart();
          // A new gateway learns prices as they arrive.
          await rig.bus.publish([]);
          for (const [symbol, price] of prices) await rig.prices({ [symbol]: price });
          seen.restarts++;
        } else if (each.do === 'back' && !reader) {
          page.reconnected(isRestarted);
          reader = await rig.stream(TOPICS, {}, { 'last-event-id': page.position });
          const { recovered, prices: got = [] } = reader.last('snapshot');
          const isInside = !isRestarted && rig.clock.now() - awayAt < HISTORY_MS;
          if (isInside) expect(recovered).toBe(true);
          if (isRestarted) expect(recovered).toBe(false);
          // Recovered: exactly what has changed. Not recovered: everything.
          const symbols = recovered ? [...changed] : ['ACME', 'GLOBEX'];
          const told = got.map(({ symbol }) => symbol);
          expect(told.sort()).toEqual(symbols.sort());
          seen[recovered ? 'recovered' : 'lost']++;
          isRestarted = false;
        }
        await rig.clock.settle();
        if (!reader) continue;
        page.take(reader);
        expect([page.values.get('price:ACME'), page.values.get('price:GLOBEX')]).toEqual([
          ...prices.values(),
        ]);
        const value = rig.engine.value('desk')!;
        expect(page.values.get('portfolio:desk')).toBe(value.marketValue!.toString());
        const rows = page.values.get('positions:desk') as Map<string, { marketValue: string }>;
        expect([...rows].map(([symbol, row]) => [symbol, row.marketValue])).toEqual(
          value.positions.map(({ symbol, marketValue }) => [symbol, marketValue!.toString()]),
        );
      }
      await reader?.cancel();
      await rig.end();
    }),
    { numRuns: sized({ quick: 30, gate: 250, full: 1000 }) },
  );
  // A run without any break would prove nothing.
  expect(Math.min(seen.recovered, seen.lost, seen.restarts)).toBeGreaterThan(5);
});
