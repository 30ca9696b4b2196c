import { createApp, defineComponent, h, shallowRef } from 'vue';
import { formatDecimal } from 'tickmark/client';
import { tickmark, useConnection, usePortfolio, usePositions, usePrice } from 'tickmark/vue';
import { makeClient } from './page-client.js';

// What is shown has a name: `price SYMBOL`, `portfolio ID` or `rows ID`.

const Price = defineComponent({
  props: { id: { type: String, required: true } },
  setup(props) {
    const price = usePrice(() => props.id);
    return () => h('span', price.value.value?.price ?? price.value.state);
  },
});

const Portfolio = defineComponent({
  props: { id: { type: String, required: true } },
  setup(props) {
    const portfolio = usePortfolio(() => props.id);
    return () => {
      const { value, state } = portfolio.value;
      return h('span', value?.marketValue ? formatDecimal(value.marketValue, { locale: 'en' }) : state);
    };
  },
});

const Rows = defineComponent({
  props: { id: { type: String, required: true } },
  setup(props) {
    const positions = usePositions(() => props.id);
    return () => {
      const { totals, rows } = positions.value;
      return h('span', [totals?.marketValue, ...rows.map(({ marketValue }) => marketValue)].join(' '));
    };
  },
});

const KINDS = { price: Price, portfolio: Portfolio, rows: Rows };
const names = shallowRef<readonly string[]>([]);
window.show = (shown) => {
  names.value = shown;
};

const App = defineComponent(() => {
  const connection = useConnection();
  return () => [
    h('p', { id: 'status' }, connection.value.state),
    h(
      'ul',
      names.value.map((name) => {
        const [kind, id] = name.split(' ') as [keyof typeof KINDS, string];
        return h('li', { key: name, id: `${kind}-${id}` }, h(KINDS[kind], { id }));
      }),
    ),
  ];
});

createApp(App).use(tickmark(makeClient())).mount('#app');
