import { describe, expect, it, vi } from 'vitest';
import { TickmarkClient, sharedByTabs } from 'tickmark/client';
import { FakeClock } from 'tickmark/conformance';
import { seededRandom } from '../../src/core/random.js';
import { clientRig } from './client-rig.js';
import { FakeBrowser } from './fake-browser.js';
import { FakePage } from './fake-page.js';
import { cashRow, closedRow, portfolioValue, positionRow, positionsValue, priceValue } from './messages.js';
import { ScriptedGateway } from './scripted-gateway.js';

// Values belong to the subject that the gateway names. When it names another one, values of the one before are neither shown nor resumed.

/** A client of ann that shows a portfolio, its rows and a price. */
async function annsClient() {
  const rig = clientRig();
  const { client, gateway, pass } = rig;
  const parts = [client.portfolio('desk'), client.positions('desk'), client.price('A')] as const;
  const row = client.position('desk', 'A');
  const symbols = client.symbols('desk');
  const listener = vi.fn();
  for (const live of [...parts, row, symbols]) live.subscribe(listener);
  await pass();
  gateway.last.open({
    portfolios: [portfolioValue('desk', '1')],
    positions: [
      positionsValue('desk', '1', [positionRow('A', '1')], {
        closed: [closedRow('X', '2')],
        cashBalances: [cashRow('USD', '3')],
      }),
    ],
    prices: [priceValue('A', '1')],
  });
  await pass();
  const shown = () => ({
    states: parts.map((live) => live.getSnapshot().state),
    rows: client.positions('desk').getSnapshot().rows.length,
    closed: client.closedPositions('desk').getSnapshot().length,
    cash: client.cashBalances('desk').getSnapshot().length,
    row: row.getSnapshot(),
    symbols: symbols.getSnapshot(),
  });
  return { ...rig, shown, listener };
}

const NOTHING = {
  states: ['loading', 'loading', 'loading'],
  rows: 0,
  closed: 0,
  cash: 0,
  row: null,
  symbols: [],
};

describe('a gateway that names another subject', () => {
  it('makes the client drop all values and the position, and resume nothing', async () => {
    const { gateway, pass, shown, listener } = await annsClient();
    expect(shown()).toMatchObject({ states: ['ready', 'ready', 'ready'], rows: 1, symbols: ['A'] });
    gateway.last.end();
    await pass(1000);
    expect(gateway.last.request.held).toHaveLength(3);
    listener.mockClear();
    gateway.subject = 'bob';
    const resumed = gateway.last;
    resumed.welcome();
    await pass();
    // The connection that would resume has ended, and the next one requests all topics without a position.
    expect(resumed.isClosed).toBe(true);
    expect(shown()).toEqual(NOTHING);
    expect(listener).toHaveBeenCalled();
    expect(gateway.last.request).toEqual({
      token: null,
      held: [],
      position: null,
      added: ['portfolio:desk', 'positions:desk', 'price:A'],
    });
    // Later messages of the old connection are ignored.
    resumed.answer({ portfolios: [portfolioValue('desk', '1')] });
    await pass();
    expect(shown()).toEqual(NOTHING);
    gateway.last.open({ prices: [priceValue('A', '7')] });
    await pass();
    expect(shown().states).toEqual(['loading', 'loading', 'ready']);
    expect(gateway.open).toHaveLength(1);
  });

  it('differs from one that does not know the subject yet, and from one that names the same subject', async () => {
    const { gateway, pass, shown } = await annsClient();
    for (const subject of [null, 'ann']) {
      gateway.last.end();
      await pass(1000);
      gateway.subject = subject;
      gateway.last.open();
      await pass();
      expect(shown()).toMatchObject({ states: ['ready', 'ready', 'ready'], rows: 1 });
      expect(gateway.open).toHaveLength(1);
    }
  });

  it('may name it in the answer to auth', async () => {
    const { gateway, pass, shown } = await annsClient();
    gateway.last.end();
    await pass(1000);
    gateway.subject = null;
    gateway.last.welcome();
    gateway.last.send({ type: 'authenticated', subject: 'bob', granted: [] });
    await pass();
    expect(shown()).toEqual(NOTHING);
    expect(gateway.last.request).toMatchObject({ held: [], position: null });
  });

  it('each time, as for guests without an account, causes no reconnect loop, and its values are shown', async () => {
    const { gateway, pass, shown } = await annsClient();
    for (const [count, subject] of ['guest-1', 'guest-2', 'guest-3'].entries()) {
      gateway.last.end();
      await pass(5000);
      const before = gateway.connections.length;
      gateway.subject = subject;
      gateway.last.welcome();
      await pass();
      gateway.subject = `${subject}-again`;
      gateway.last.open({ prices: [priceValue('A', `${count}`)] });
      await pass();
      expect(gateway.connections.length - before).toBe(1);
      expect(shown().states).toEqual(['loading', 'loading', 'ready']);
    }
  });

  it('causes topics that were denied to the subject before to be requested again', async () => {
    const { client, gateway, pass } = clientRig();
    for (const symbol of ['A', 'B']) client.price(symbol).subscribe(() => undefined);
    await pass();
    gateway.last.welcome();
    gateway.last.answer(
      { prices: [priceValue('A', '1')] },
      { refused: [{ topic: 'price:B', reason: 'denied' }] },
    );
    await pass();
    gateway.last.end();
    await pass(1000);
    expect(gateway.last.topics).toEqual(['price:A']);
    gateway.subject = 'bob';
    gateway.last.welcome();
    await pass();
    expect(client.price('B').getSnapshot()).toMatchObject({ state: 'loading', reason: null });
    expect(gateway.last.topics).toEqual(['price:A', 'price:B']);
  });
});

describe('tabs that share a connection', () => {
  /** Two tabs of ann that show A; the first has the connection, and only the second shows B, which is denied. */
  async function annsTabs() {
    const clock = new FakeClock();
    const gateway = new ScriptedGateway(clock);
    const browser = new FakeBrowser();
    const open = (seed: number) => {
      const page = new FakePage();
      const tab = browser.tab();
      const client = new TickmarkClient({
        url: '/live',
        clock,
        page,
        transport: gateway.transport,
        random: seededRandom(seed),
        share: sharedByTabs({ tabs: tab, reader: 'ann' }),
      });
      const shown = (symbol = 'A') => {
        const { state, value } = client.price(symbol).getSnapshot();
        return value?.price ?? state;
      };
      return { page, tab, client, shown, look: (symbol: string) => client.price(symbol).subscribe(vi.fn()) };
    };
    const [first, second] = [open(1), open(2)];
    const pass = async (ms = 0): Promise<void> => {
      for (let time = 0; time < ms; time += 10) await clock.advance(10);
      await clock.settle();
      await clock.advance(0);
      for (const { page } of [first, second]) page.frame();
    };
    first.look('A');
    await pass(30);
    gateway.last.open({ prices: [priceValue('A', '1')] });
    second.look('A');
    second.look('B');
    await pass(30);
    gateway.last.answer({}, { topics: ['price:B'], refused: [{ topic: 'price:B', reason: 'denied' }] });
    await pass();
    return { gateway, first, second, pass };
  }

  it('drop the values of the subject before, in the leading tab and in its followers', async () => {
    const { first, gateway, pass, second } = await annsTabs();
    expect([first.shown(), second.shown(), second.shown('B')]).toEqual(['1', '1', 'unavailable']);
    gateway.last.end();
    await pass(1000);
    expect(gateway.last.request.held).toEqual(['price:A']);
    gateway.subject = 'bob';
    gateway.last.welcome();
    await pass();
    expect([first.shown(), second.shown(), second.shown('B')]).toEqual(['loading', 'loading', 'loading']);
    expect(gateway.last.request).toMatchObject({ held: [], position: null, added: ['price:A', 'price:B'] });
    gateway.last.open({ prices: [priceValue('A', '8'), priceValue('B', '9')] });
    await pass();
    // Even if the leading tab sends its values again.
    second.look('C');
    await pass(30);
    expect([first.shown(), second.shown(), second.shown('B')]).toEqual(['8', '8', '9']);
  });

  it('drop them also when a follower takes over the connection', async () => {
    const { first, gateway, pass, second } = await annsTabs();
    const old = gateway.last;
    first.client.close();
    old.end();
    await pass(30);
    expect(gateway.last.request).toMatchObject({ held: ['price:A'], position: expect.any(String) as string });
    gateway.subject = 'bob';
    gateway.last.welcome();
    await pass();
    expect(second.shown()).toBe('loading');
    expect(gateway.last.request).toMatchObject({ held: [], position: null });
  });

  it('do not show the values of the subject before in a tab that was away', async () => {
    const { first, gateway, pass, second } = await annsTabs();
    second.page.setVisible(false);
    await pass(30);
    gateway.last.end();
    await pass(1000);
    gateway.subject = 'bob';
    gateway.last.welcome();
    await pass();
    expect(first.shown()).toBe('loading');
    second.page.setVisible(true);
    await pass(30);
    expect(second.shown()).toBe('loading');
    gateway.last.open({ prices: [priceValue('A', '8')] });
    await pass();
    expect([first.shown(), second.shown()]).toEqual(['8', '8']);
  });
});
