import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createSSRApp, effectScope, nextTick, type EffectScope } from 'vue';
import type { PortfolioView, PositionsView } from 'tickmark/client';
import { tickmark, usePortfolio, usePositions, usePrice } from 'tickmark/vue';
import { SLOW_MS, newPacer, usePaced } from '../../examples/demo/page/pace.js';
import { clientRig } from '../client/client-rig.js';
import { portfolioValue, positionRow, positionsValue, priceValue } from '../client/messages.js';

const worth = (value: string) => ({
  portfolios: ['desk', 'fund'].map((id) => portfolioValue(id, value)),
  positions: [positionsValue('desk', value, [positionRow('A', value)])],
  prices: [priceValue('A', value)],
});

/** A page that shows two portfolios, the rows of one, and a price. */
function pacedRig() {
  const rig = clientRig();
  const app = createSSRApp({ render: () => null }).use(tickmark(rig.client));
  const scope: EffectScope = effectScope();
  const used = app.runWithContext(() =>
    scope.run(() => {
      const pacer = newPacer(rig.client);
      const portfolio = (id: string) =>
        usePaced<PortfolioView>(usePortfolio(id), (all) => all.portfolios.get(id), pacer);
      return {
        pacer,
        desk: portfolio('desk'),
        fund: portfolio('fund'),
        rows: usePaced<PositionsView>(usePositions('desk'), (all) => all.positions.get('desk'), pacer),
        price: usePaced(usePrice('A'), (all) => all.prices.get('A'), pacer),
      };
    }),
  )!;
  const shown = () => [
    used.desk.value.value?.marketValue,
    used.fund.value.value?.marketValue,
    used.rows.value.totals?.marketValue,
    used.price.value.value?.price,
  ];
  const pass = async (): Promise<void> => {
    await rig.pass();
    await nextTick();
  };
  return {
    ...rig,
    ...used,
    pass,
    shown,
    close: () => scope.stop(),
    update: async (value: string) => {
      rig.gateway.last.update(worth(value));
      await pass();
    },
  };
}
const all = (value: string | undefined) => [value, value, value, value];

describe('the pace', () => {
  let rig: ReturnType<typeof pacedRig>;

  beforeEach(async () => {
    // As in a page: on a server nothing is subscribed to.
    vi.stubGlobal('window', globalThis);
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'] });
    rig = pacedRig();
    await rig.pass();
  });
  afterEach(() => {
    rig.close();
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });
  const open = async (): Promise<void> => {
    rig.gateway.last.open(worth('1'));
    await rig.pass();
  };

  test('paused holds everything at one moment, and shows the newest afterwards', async () => {
    await open();
    expect(rig.shown()).toEqual(all('1'));
    rig.pacer.pace.value = 'paused';
    await rig.update('2');
    await rig.update('3');
    vi.advanceTimersByTime(10 * SLOW_MS);
    expect(rig.shown()).toEqual(all('1'));
    rig.pacer.pace.value = 'live';
    expect(rig.shown()).toEqual(all('3'));
    await rig.update('4');
    expect(rig.shown()).toEqual(all('4'));
  });

  test('slow shows everything anew, together, every two seconds', async () => {
    await open();
    rig.pacer.pace.value = 'slow';
    await rig.update('2');
    expect(rig.shown()).toEqual(all('1'));
    vi.advanceTimersByTime(SLOW_MS);
    expect(rig.shown()).toEqual(all('2'));
    await rig.update('3');
    expect(rig.shown()).toEqual(all('2'));
  });

  test('shows what comes after the pause with all else of the same moment', async () => {
    rig.pacer.pace.value = 'paused';
    await open();
    expect(rig.shown()).toEqual(all('1'));
    const { time } = rig.pacer.moment.value!;
    await rig.update('2');
    expect(rig.shown()).toEqual(all('1'));
    expect(rig.pacer.moment.value!.time).toBe(time);
  });

  test('shows at once that something has ended, also while paused', async () => {
    await open();
    rig.pacer.pace.value = 'paused';
    rig.gateway.last.send({ type: 'ended', topics: ['portfolio:fund'], reason: 'revoked' });
    await rig.pass();
    expect(rig.fund.value).toMatchObject({ state: 'unavailable', reason: 'revoked', value: null });
    rig.gateway.last.update({ portfolios: [portfolioValue('desk', '2')] });
    await rig.pass();
    expect(rig.desk.value.value!.marketValue).toBe('1');
  });
});
