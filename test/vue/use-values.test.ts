import { describe, expect, it } from 'vitest';
import { ref, type Ref } from 'vue';
import {
  useCashBalances,
  useClosedPositions,
  usePortfolio,
  usePosition,
  usePositions,
  usePrice,
  useSymbols,
} from 'tickmark/vue';
import { clientRig } from '../client/client-rig.js';
import { portfolioValue } from '../client/messages.js';
import { mounted } from './plain-document.js';

type Id = string | null | undefined;

const loading = { id: '', state: 'loading', reason: null };
const COMPOSABLES = [
  ['usePortfolio', usePortfolio, { ...loading, value: null }],
  ['usePositions', usePositions, { ...loading, totals: null, rows: [], closed: [], cashBalances: [] }],
  ['useSymbols', useSymbols, []],
  ['useClosedPositions', useClosedPositions, []],
  ['useCashBalances', useCashBalances, []],
  ['usePrice', usePrice, { ...loading, value: null }],
  ['usePosition', (id: Ref<Id>) => usePosition(id, 'A'), null],
  ['usePosition of a symbol', (symbol: Ref<Id>) => usePosition('desk', symbol), null],
] as const;

function run<T>(use: () => T) {
  const rig = clientRig();
  return { ...rig, ...mounted(rig.client, use) };
}

describe('without an id', () => {
  describe.each(COMPOSABLES)('%s()', (_, use, idle) => {
    it.each([undefined, null, ''])(
      'of %j shows that nothing is known, and does not connect',
      async (none) => {
        const { used, gateway, pass } = run(() => use(ref<Id>(none)));
        expect(used.value).toEqual(idle);
        await pass(1000);
        expect(gateway.connections).toEqual([]);
      },
    );

    it('starts with the id, and stops without it', async () => {
      const id = ref<Id>();
      const { used, gateway, pass } = run(() => use(id));
      id.value = 'A';
      await pass();
      expect(gateway.last.topics).toHaveLength(1);
      id.value = null;
      expect(used.value).toEqual(idle);
      await pass(1000);
      expect(gateway.open).toEqual([]);
    });
  });

  it('a value comes with the id', async () => {
    const id = ref<Id>();
    const { used, gateway, pass } = run(() => usePortfolio(id));
    id.value = 'desk';
    expect(used.value).toMatchObject({ id: 'desk', state: 'loading' });
    await pass();
    gateway.last.open({ portfolios: [portfolioValue('desk', '3')] });
    await pass();
    expect(used.value.value!.marketValue).toBe('3');
  });
});
