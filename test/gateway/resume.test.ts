import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { GatewayRig, DESK, type RigOptions } from './gateway-rig.js';
import { runs } from './runs.js';
import type { StreamReader } from './stream-reader.js';

let rig: GatewayRig;
const start = async (options?: RigOptions) => (rig = await GatewayRig.start(options));
afterEach(() => rig?.end());

describe('resuming', () => {
  test('gives the newest of what has changed, and nothing of what has not', async () => {
    await start();
    await rig.prices({ ACME: '184.50', GLOBEX: '21.25' });
    const topics = ['positions:desk', 'price:ACME', 'price:GLOBEX'];
    const before = await rig.stream(topics);
    await before.cancel();
    await rig.prices({ ACME: '184.41' });
    await rig.prices({ ACME: '184.40' });
    const after = await rig.stream(topics, {}, { 'last-event-id': before.lastEventId });
    expect(after.last('snapshot')).toMatchObject({
      recovered: true,
      prices: [{ symbol: 'ACME', price: '184.4' }],
      positions: [{ full: false, rows: [{ symbol: 'ACME' }] }],
    });
  });

  test('with nothing new says so, with the position', async () => {
    await start();
    const before = await rig.stream(['portfolio:desk']);
    await before.cancel();
    const after = await rig.stream(['portfolio:desk'], { position: before.position });
    expect(after.last('snapshot')).toMatchObject({ recovered: true, position: before.position });
    expect(after.last('snapshot').portfolios).toBeUndefined();
  });

  test('gives whole what was added, and the rest as it is known', async () => {
    await start();
    await rig.prices({ ACME: '1', GLOBEX: '1' });
    // Somebody else has followed it for long.
    await rig.stream(['price:GLOBEX']);
    const before = await rig.stream(['price:ACME']);
    await before.cancel();
    const url = { position: before.position, added: 'price:GLOBEX' };
    const after = await rig.stream(['price:ACME'], url);
    expect(after.last('snapshot')).toMatchObject({
      recovered: false,
      granted: [
        { topic: 'price:ACME', recovered: true },
        { topic: 'price:GLOBEX', recovered: false },
      ],
      prices: [{ symbol: 'GLOBEX' }],
    });
    // The browser comes back by itself to the same address.
    await after.cancel();
    const again = await rig.stream(['price:ACME'], url, { 'last-event-id': after.lastEventId });
    expect(again.last('snapshot').recovered).toBe(true);
    expect(again.last('snapshot').prices).toBeUndefined();
  });

  test('outside the history is not recovered', async () => {
    await start({ historyMs: 10_000 });
    const before = await rig.stream(['portfolio:desk']);
    await before.cancel();
    await rig.clock.advance(11_000);
    const after = await rig.stream(['portfolio:desk'], { position: before.position });
    expect(after.last('snapshot')).toMatchObject({ recovered: false, portfolios: [{ id: 'desk' }] });
  });

  test('beyond the topics that are remembered is not recovered', async () => {
    await start({ historyTopics: 1 });
    const before = await rig.stream(['price:ACME', 'price:GLOBEX']);
    await before.cancel();
    expect(rig.gateway.stats().topics).toBe(1);
    const after = await rig.stream(['price:ACME', 'price:GLOBEX'], { position: before.position });
    expect(after.last('snapshot').recovered).toBe(false);
    expect(after.last('snapshot').granted.map(({ recovered }) => recovered)).toEqual([false, true]);
  });

  test('at a gateway that has restarted is not recovered: the epoch is another', async () => {
    await start();
    const before = await rig.stream(['portfolio:desk']);
    await rig.restart();
    expect(before.last('bye')).toMatchObject({ code: 4503, retry: true });
    const after = await rig.stream(['portfolio:desk'], {}, { 'last-event-id': before.lastEventId });
    expect(after.last('welcome').epoch).not.toBe(before.last('welcome').epoch);
    expect(after.last('snapshot')).toMatchObject({ recovered: false, portfolios: [{ id: 'desk' }] });
  });

  test('from a position that is still to come is not recovered', async () => {
    await start();
    const reader = await rig.stream(['portfolio:desk'], { position: `${rig.gateway.epoch}:999` });
    expect(reader.last('snapshot').recovered).toBe(false);
  });

  test('is authorised like a first subscription', async () => {
    let isAllowed = true;
    await start({ authorize: () => isAllowed });
    const before = await rig.stream(['portfolio:desk']);
    await before.cancel();
    isAllowed = false;
    const response = await rig.gateway.handle(rig.request(['portfolio:desk'], { position: before.position }));
    expect(response.status).toBe(403);
    const socket = rig.socket();
    socket.say({ type: 'resume', topics: ['portfolio:desk'], position: before.position as never });
    await rig.clock.settle();
    expect(socket.last('snapshot')).toMatchObject({ granted: [], refused: [{ reason: 'denied' }] });
  });

  test('over a WebSocket is by topic', async () => {
    await start();
    await rig.prices({ ACME: '1', GLOBEX: '1' });
    const before = await rig.stream(['price:ACME', 'price:GLOBEX']);
    await before.cancel();
    await rig.prices({ GLOBEX: '2' });
    const socket = rig.socket();
    socket.say({
      type: 'resume',
      topics: ['price:ACME', 'price:GLOBEX'],
      position: before.position as never,
    });
    await rig.clock.settle();
    expect(socket.last('snapshot')).toMatchObject({
      recovered: true,
      prices: [{ symbol: 'GLOBEX', price: '2' }],
    });
  });
});

/** What a page knows: values by topic as the protocol says to keep them. */
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
          // Live, a row that comes is one that differs. After a break one may have changed, and changed back.
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

test('whatever breaks and when, a page has what the gateway has, knows if it missed something, and gets nothing twice', async () => {
  const seen = { recovered: 0, lost: 0, restarts: 0 };
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
      await start({ historyMs: HISTORY_MS, refreshMs: 3_600_000, staleAfter: Infinity, portfolios: [DESK] });
      await rig.prices({ ACME: '5', GLOBEX: '5' });
      const page = new Page();
      let reader: StreamReader | null = await rig.stream(TOPICS);
      let awayAt = 0;
      let isRestarted = false;
      /** What changed while the page was away. */
      let changed = new Set<string>();
      const prices = new Map([
        ['ACME', '5'],
        ['GLOBEX', '5'],
      ]);
      page.take(reader);
      for (const each of steps) {
        if (each.do === 'tick') {
          // The same price anew is news, too: it has another time.
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
          // A gateway that has just begun learns prices as they come.
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
          // Recovered: exactly what changed. Not recovered: everything.
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
        expect(page.values.get('portfolio:desk')).toBe(value.metrics.marketValue!.toString());
        const rows = page.values.get('positions:desk') as Map<string, { marketValue: string }>;
        expect([...rows].map(([symbol, row]) => [symbol, row.marketValue])).toEqual(
          value.positions.map(({ symbol, marketValue }) => [symbol, marketValue!.toString()]),
        );
      }
      await reader?.cancel();
      await rig.end();
    }),
    runs(60, 1000),
  );
  // A run in which nothing broke would prove nothing.
  expect(Math.min(seen.recovered, seen.lost, seen.restarts)).toBeGreaterThan(5);
});
