import { describe, expect, it, vi } from 'vitest';
import { sharedByTabs, TickmarkClient, type TabHost } from 'tickmark/client';
import { FakeClock } from 'tickmark/conformance';
import { seededRandom } from '../../../src/core/random.js';
import { clientRig } from '../client-rig.js';
import { FakeBrowser } from '../fake-browser.js';
import { FakePage } from '../fake-page.js';
import { cashRow, closedRow, positionRow, positionsChange, positionsValue, priceValue } from '../messages.js';
import { ScriptedGateway } from '../scripted-gateway.js';

/** Tabs of one browser, each with a client of its own. */
function tabsRig() {
  const clock = new FakeClock();
  const gateway = new ScriptedGateway(clock);
  const browser = new FakeBrowser();
  const pages: FakePage[] = [];
  const open = (seed: number, reader = 'ann') => {
    const page = new FakePage();
    pages.push(page);
    const tab = browser.tab();
    const client = new TickmarkClient({
      url: '/live',
      clock,
      page,
      transport: gateway.transport,
      random: seededRandom(seed),
      share: sharedByTabs({ tabs: tab, reader }),
    });
    return {
      page,
      tab,
      client,
      look: (symbol: string) => client.price(symbol).subscribe(() => undefined),
      price: (symbol: string) => client.price(symbol).getSnapshot().value?.price,
      connection: () => client.connection.getSnapshot(),
    };
  };
  const pass = async (ms = 0): Promise<void> => {
    // Messages between tabs take a moment.
    for (let time = 0; time < ms; time += 10) {
      await clock.advance(Math.min(10, ms - time));
      for (const connection of gateway.open) connection.alive();
    }
    await clock.settle();
    await clock.advance(0);
    for (const page of pages) page.frame();
  };
  return { clock, gateway, browser, open, pass };
}

/** Two tabs, of which the first holds the connection. */
async function twoTabs() {
  const rig = tabsRig();
  const [first, second] = [rig.open(1), rig.open(2)];
  first.look('A');
  await rig.pass(30);
  rig.gateway.last.open({ prices: [priceValue('A', '1')] });
  await rig.pass();
  second.look('A');
  second.look('B');
  await rig.pass(30);
  return { ...rig, first, second };
}

describe('tabs of one browser', () => {
  it('share one connection with the topics of all', async () => {
    const { first, gateway, pass, second } = await twoTabs();
    expect(gateway.connections).toHaveLength(1);
    expect(gateway.last.changes).toEqual([{ added: ['price:B'], removed: [] }]);
    // The values of the leader are there at once.
    expect(second.price('A')).toBe('1');
    expect(second.connection()).toMatchObject({ state: 'live', isShared: true });
    expect(first.connection()).toMatchObject({ state: 'live', isShared: false });
    gateway.last.answer({ prices: [priceValue('B', '2')] }, { topics: ['price:B'] });
    gateway.last.update({ prices: [priceValue('A', '3')] });
    await pass();
    expect([first.price('A'), second.price('A'), second.price('B')]).toEqual(['3', '3', '2']);
    expect(first.price('B')).toBeUndefined();
  });

  it('get the values already known in full, with rows', async () => {
    const { first, gateway, pass, second } = await twoTabs();
    first.client.positions('desk').subscribe(() => undefined);
    await pass(10);
    const rows = [positionRow('A', '1'), positionRow('B', '2')];
    const closed = [closedRow('X', '5'), closedRow('Y', '6')];
    const cashBalances = [cashRow('USD', '7')];
    gateway.last.answer(
      { positions: [positionsValue('desk', '3', rows, { closed, cashBalances })] },
      { topics: ['positions:desk'] },
    );
    const change = { closed: [closedRow('Y', '8')], removed: ['X'] };
    gateway.last.update({ positions: [positionsChange('desk', '4', [positionRow('B', '3')], change)] });
    await pass();
    second.client.positions('desk').subscribe(() => undefined);
    await pass(10);
    const shown = second.client.positions('desk').getSnapshot();
    expect(shown).toEqual(first.client.positions('desk').getSnapshot());
    expect(shown.rows.map(({ marketValue }) => marketValue)).toEqual(['1', '3']);
    expect(shown.closed).toEqual([closedRow('Y', '8')]);
    expect(shown.cashBalances).toEqual(cashBalances);
  });

  it('all get the state of the connection and the denied topics', async () => {
    const { first, gateway, pass, second } = await twoTabs();
    gateway.last.answer({}, { topics: ['price:B'], refused: [{ topic: 'price:B', reason: 'denied' }] });
    await pass();
    expect(second.client.price('B').getSnapshot()).toMatchObject({ state: 'unavailable', reason: 'denied' });
    first.look('B');
    await pass(10);
    expect(first.client.price('B').getSnapshot()).toMatchObject({ state: 'unavailable' });
    gateway.last.end({ message: 'A reset.' });
    await pass();
    expect(second.connection()).toMatchObject({ state: 'reconnecting', error: { message: 'A reset.' } });
  });

  it('keep the topics that are still used when one of them has gone', async () => {
    const { gateway, pass, second } = await twoTabs();
    second.client.close();
    await pass(20);
    expect(gateway.last.changes.slice(1)).toEqual([{ added: [], removed: ['price:B'] }]);
  });

  it('notice that one of them has crashed', async () => {
    const { gateway, pass, second } = await twoTabs();
    second.tab.crash();
    await pass(20);
    expect(gateway.last.changes.slice(1)).toEqual([{ added: [], removed: ['price:B'] }]);
  });

  it.each([
    ['is closed', ({ client }: ReturnType<ReturnType<typeof tabsRig>['open']>) => client.close()],
    ['is hidden', ({ page }: ReturnType<ReturnType<typeof tabsRig>['open']>) => page.setVisible(false)],
    [
      'crashes',
      ({ tab, page }: ReturnType<ReturnType<typeof tabsRig>['open']>) => {
        tab.crash();
        page.setVisible(false);
      },
    ],
  ])('resume from the last position when the tab with the connection %s', async (_, go) => {
    const { first, gateway, pass, second } = await twoTabs();
    gateway.last.answer({ prices: [priceValue('B', '2')] }, { topics: ['price:B'] });
    await pass();
    const old = gateway.last;
    go(first);
    old.end();
    await pass(30);
    expect(gateway.open).toHaveLength(1);
    expect(gateway.last.request).toMatchObject({
      held: ['price:A', 'price:B'],
      position: 'life1:2',
      added: [],
    });
    expect(second.connection()).toMatchObject({ state: 'reconnecting', isShared: false });
    gateway.last.open({ prices: [priceValue('B', '9')] });
    await pass();
    expect([second.price('A'), second.price('B'), second.connection().state]).toEqual(['1', '9', 'live']);
  });

  it('take over from a frozen tab, which follows when it wakes', async () => {
    const { first, gateway, pass, second } = await twoTabs();
    first.tab.freeze(true);
    await pass(1900);
    expect(second.connection().state).toBe('live');
    await pass(1100);
    expect(second.connection()).toMatchObject({ state: 'reconnecting', isShared: false });
    first.tab.freeze(false);
    await pass(1500);
    expect(gateway.open).toHaveLength(1);
    gateway.last.open({ prices: [priceValue('A', '5'), priceValue('B', '6')] });
    await pass();
    expect([first.price('A'), second.price('A')]).toEqual(['5', '5']);
    expect(first.connection()).toMatchObject({ state: 'live', isShared: true });
    await pass(10_000);
    expect([first.connection().state, second.connection().state]).toEqual(['live', 'live']);
    expect(gateway.open).toHaveLength(1);
  });

  it('get nothing while hidden, and are current when shown', async () => {
    const { browser, first, gateway, pass, second } = await twoTabs();
    second.page.setVisible(false);
    await pass(20);
    expect(browser.openChannels).toBe(1);
    expect(gateway.last.changes.slice(1)).toEqual([{ added: [], removed: ['price:B'] }]);
    gateway.last.update({ prices: [priceValue('A', '7')] });
    await pass(60_000);
    expect(second.price('A')).toBe('1');
    second.page.setVisible(true);
    await pass(10);
    expect(second.price('A')).toBe('7');
    expect(first.connection().state).toBe('live');
  });

  it('ask the tab with the connection to reconnect', async () => {
    const { gateway, pass, second } = await twoTabs();
    gateway.last.end({ code: 4401, retry: false });
    await pass(250);
    gateway.last.end({ code: 4401, retry: false });
    await pass(1000);
    expect(second.connection().state).toBe('unauthorized');
    second.client.reconnect();
    await pass(10);
    gateway.last.open({ prices: [priceValue('A', '1'), priceValue('B', '1')] });
    await pass();
    expect(second.connection().state).toBe('live');
  });

  it('of different users share nothing', async () => {
    const { gateway, open, pass } = tabsRig();
    for (const [seed, reader] of ['ann', 'bob', 'ann'].entries()) open(seed + 1, reader).look('A');
    await pass(50);
    expect(gateway.open).toHaveLength(2);
  });

  it('leave nothing behind', async () => {
    const { browser, clock, first, gateway, pass, second } = await twoTabs();
    first.client.close();
    second.client.close();
    await pass(20);
    expect([gateway.open.length, browser.openChannels, clock.pending]).toEqual([0, 0, 0]);
  });
});

describe('sharing a connection', () => {
  it.each([[undefined], [{}], [{ reader: '' }], [{ reader: 7 }], [{ tabs: null }]])(
    'requires the id of the reader: %o is rejected',
    (options) => {
      expect(() => sharedByTabs(options as never)).toThrow(
        expect.objectContaining({
          code: 'INVALID_ARGUMENT',
          message: expect.stringContaining('sharedByTabs: reader: expected the id of the reader') as string,
        }),
      );
    },
  );

  it('does not happen where the browser has no locks', async () => {
    const clock = new FakeClock();
    const page = new FakePage();
    const gateway = new ScriptedGateway(clock);
    const { transport } = gateway;
    vi.stubGlobal('navigator', {});
    const share = sharedByTabs({ reader: 'ann' });
    vi.unstubAllGlobals();
    const client = new TickmarkClient({ url: '/live', clock, page, transport, share });
    client.price('A').subscribe(() => undefined);
    await clock.advance(0);
    gateway.last.open({ prices: [priceValue('A', '1')] });
    page.frame();
    expect(client.connection.getSnapshot()).toMatchObject({ state: 'live', isShared: false });
  });
});

describe('a browser that refuses what tabs need to meet', () => {
  // field-faults, 17.7: with cookies blocked the connection stayed `connecting`.
  const denied = (): never => {
    throw new DOMException('denied', 'SecurityError');
  };
  const blocked: Record<string, TabHost> = {
    'its channel': { ...new FakeBrowser().tab(), openChannel: denied },
    'its locks': { ...new FakeBrowser().tab(), locks: { request: denied } },
    'its locks later': {
      ...new FakeBrowser().tab(),
      locks: { request: () => Promise.reject(new DOMException('denied', 'SecurityError')) },
    },
  };

  it.each(Object.entries(blocked))(
    'by %s leaves each page its own connection, and says so',
    async (_, tabs) => {
      const warn = vi.spyOn(console, 'warn').mockReturnValue();
      const share = sharedByTabs({ reader: 'ann', tabs });
      const { client, gateway, page, pass, status } = clientRig({ share });
      client.price('A').subscribe(() => undefined);
      await pass();
      client.reconnect();
      await pass();
      gateway.last.open({ prices: [priceValue('A', '1')] });
      await pass();
      expect(client.connection.getSnapshot()).toMatchObject({
        state: 'live',
        isShared: false,
        error: { cause: 'storage' },
      });
      client.price('B').subscribe(() => undefined);
      await pass(1);
      expect(gateway.last.changes).toEqual([{ added: ['price:B'], removed: [] }]);
      page.setVisible(false);
      await pass(10_000);
      expect(gateway.open).toEqual([]);
      page.setVisible(true);
      await pass();
      gateway.last.open();
      await pass();
      expect(status()).toBe('live');
      warn.mockRestore();
    },
  );
});

it('a browser in which even looking for locks throws leaves each page its own connection', async () => {
  const blocked = {
    get locks(): never {
      throw new DOMException('denied', 'SecurityError');
    },
  };
  vi.stubGlobal('navigator', blocked);
  const share = sharedByTabs({ reader: 'ann' });
  vi.unstubAllGlobals();
  const { client, gateway, pass } = clientRig({ share });
  client.price('A').subscribe(() => undefined);
  await pass();
  gateway.last.open({ prices: [priceValue('A', '1')] });
  await pass();
  expect(client.connection.getSnapshot()).toMatchObject({ state: 'live', isShared: false });
});

describe('reconnect()', () => {
  it('in a hidden tab is done when it is shown, by the tab that leads then', async () => {
    const { gateway, open, pass } = tabsRig();
    const tab = open(1);
    tab.look('A');
    await pass(30);
    gateway.last.end({ code: 4401, retry: false });
    await pass(30);
    expect(tab.connection().state).toBe('unauthorized');
    tab.page.setVisible(false);
    await pass(6000);
    // Nobody leads. What the page knows stays.
    expect(tab.connection().state).toBe('unauthorized');
    tab.client.reconnect();
    await pass(30);
    const before = gateway.connections.length;
    tab.page.setVisible(true);
    await pass(3000);
    expect(gateway.connections.length).toBeGreaterThan(before);
    gateway.last.open({ prices: [priceValue('A', '1')] });
    await pass(30);
    expect(tab.connection().state).toBe('live');
  });
});
