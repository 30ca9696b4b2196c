import { createApp, defineComponent, h } from 'vue';
import { tickmark, useConnection, usePortfolio, usePrice, usePriceFlash } from 'tickmark/vue';
import { GROUPS, measure } from './measurements.js';
import { makeClient } from './page-client.js';

const client = makeClient();
const measured = measure(client);

const Row = defineComponent({
  props: { symbol: { type: String, required: true } },
  setup({ symbol }) {
    const price = usePrice(symbol);
    const flash = usePriceFlash(price);
    return () => {
      measured.rowRendered();
      const { glyph, animation: name } = flash.value;
      return h('div', { id: symbol, class: 'row' }, [
        h('span', symbol),
        h('span', { class: name }, glyph),
        h('span', { class: 'price' }, price.value.value?.price ?? ''),
      ]);
    };
  },
});

const App = defineComponent({
  setup() {
    const desk = usePortfolio('desk');
    const connection = useConnection();
    return () => [
      h('p', { id: 'status' }, connection.value.state),
      h('p', { id: 'total' }, desk.value.value?.marketValue ?? ''),
    ];
  },
});

const Rows = defineComponent({
  setup: () => () =>
    GROUPS.map((symbols) =>
      h(
        'div',
        { class: 'group' },
        symbols.map((symbol) => h(Row, { key: symbol, symbol })),
      ),
    ),
});

createApp(() => [h(App), h('div', { class: 'rows' }, h(Rows))])
  .use(tickmark(client))
  .mount('#app');
