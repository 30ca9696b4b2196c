import { describe, expect, it, vi } from 'vitest';
import { createSSRApp, defineComponent, h, ref, watch } from 'vue';
import { renderToString } from 'vue/server-renderer';
import {
  tickmark,
  useCashBalances,
  useClosedPositions,
  useConnection,
  useLive,
  usePortfolio,
  usePosition,
  usePositions,
  usePrice,
  useSymbols,
  useTickmark,
} from 'tickmark/vue';
import { clientRig } from '../client/client-rig.js';
import {
  cashRow,
  closedRow,
  portfolioValue,
  positionRow,
  positionsValue,
  priceValue,
} from '../client/messages.js';
import { mounted } from './plain-document.js';

/** Runs `setup` in a component of an app with a client. */
function mountRig<T>(setup: () => T) {
  const rig = clientRig();
  const { used, unmount } = mounted(rig.client, setup);
  return { ...rig, used, unmount };
}

const positions = (marketValue: string, ...rows: [string, string][]) => ({
  positions: [
    positionsValue(
      'desk',
      marketValue,
      rows.map(([symbol, value]) => positionRow(symbol, value)),
      { closed: [closedRow('X', '4')], cashBalances: [cashRow('USD', '5')] },
    ),
  ],
});

describe('a composable', () => {
  it('is live until it is unmounted', async () => {
    const { gateway, pass, unmount, used } = mountRig(() => ({
      portfolio: usePortfolio('desk'),
      positions: usePositions('desk'),
      symbols: useSymbols('desk'),
      row: usePosition('desk', 'B'),
      closed: useClosedPositions('desk'),
      cash: useCashBalances('desk'),
      price: usePrice('A'),
      connection: useConnection(),
    }));
    expect(used.portfolio.value.state).toBe('loading');
    await pass();
    expect(gateway.last.topics).toEqual(['portfolio:desk', 'positions:desk', 'price:A']);
    gateway.last.open({
      ...positions('3', ['A', '1'], ['B', '2']),
      portfolios: [portfolioValue('desk', '3')],
      prices: [priceValue('A', '1')],
    });
    await pass();
    expect(used.portfolio.value.value!.marketValue).toBe('3');
    expect(used.positions.value.rows).toHaveLength(2);
    expect(used.symbols.value).toEqual(['A', 'B']);
    expect(used.row.value!.marketValue).toBe('2');
    expect(used.closed.value).toEqual([closedRow('X', '4')]);
    expect(used.cash.value).toEqual([cashRow('USD', '5')]);
    expect(used.price.value.value!.price).toBe('1');
    expect(used.connection.value.state).toBe('live');

    unmount();
    await pass(1000);
    expect(gateway.open).toEqual([]);
  });

  it('returns a ref whose value is replaced, as it is, only when it has changed', async () => {
    const { client, gateway, pass, used } = mountRig(() => usePrice('A'));
    await pass();
    gateway.last.open({ prices: [priceValue('A', '1')] });
    await pass();
    expect(used.value).toBe(client.price('A').getSnapshot());
    const changes = vi.fn();
    watch(used, changes, { flush: 'sync' });
    gateway.last.update({ prices: [priceValue('A', '1')] });
    await pass();
    expect(changes).not.toHaveBeenCalled();
    for (const price of ['2', '3', '4']) gateway.last.update({ prices: [priceValue('A', price)] });
    await pass();
    expect(changes).toHaveBeenCalledTimes(1);
  });

  it('follows a prop at once, without the value of the earlier one', async () => {
    const symbol = ref('A');
    const { gateway, pass, used } = mountRig(() => usePrice(symbol));
    await pass();
    gateway.last.open({ prices: [priceValue('A', '1')] });
    await pass();
    symbol.value = 'B';
    expect(used.value).toMatchObject({ id: 'B', state: 'loading' });
    await pass(500);
    expect(gateway.last.changes).toEqual([
      { added: ['price:B'], removed: [] },
      { added: [], removed: ['price:A'] },
    ]);
    gateway.last.answer({ prices: [priceValue('B', '2')] }, { topics: ['price:B'] });
    await pass();
    expect(used.value.value!.price).toBe('2');
  });

  it('accepts any live value', () => {
    const { client, used } = mountRig(() => {
      const own = useTickmark();
      return useLive(() => own);
    });
    expect(used.value).toBe(client.getSnapshot());
  });

  it('without a client throws with a hint', () => {
    const app = createSSRApp({ render: () => null });
    expect(() => app.runWithContext(() => usePrice('A'))).toThrow('call app.use(tickmark(client)) first.');
  });
});

describe('rendering on a server', () => {
  it('shows the loading state and does not connect', async () => {
    const { client, clock, gateway } = clientRig({ page: null });
    const Root = defineComponent(() => {
      const [desk, price, connection] = [usePortfolio('desk'), usePrice('A'), useConnection()];
      return () => h('p', [desk.value.state, ' ', price.value.state, ' ', connection.value.state]);
    });
    const html = await renderToString(createSSRApp(Root).use(tickmark(client)));
    expect(html).toBe('<p>loading loading connecting</p>');
    await clock.advance(10_000);
    expect([gateway.connections.length, clock.pending]).toEqual([0, 0]);
  });
});
