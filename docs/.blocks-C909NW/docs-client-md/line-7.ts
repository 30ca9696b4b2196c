import { createApp, defineComponent, h } from 'vue';
import { TickmarkClient } from 'tickmark/client';
import { tickmark, usePortfolio } from 'tickmark/vue';

const App = defineComponent(() => {
  const desk = usePortfolio('desk');
  return () => h('h1', desk.value.value?.marketValue ?? desk.value.state);
});
createApp(App).use(tickmark(new TickmarkClient({ url: '/live' }))).mount('#app');
