import { createApp } from 'vue';
import { TickmarkClient, sharedByTabs } from 'tickmark/client';
import { tickmark } from 'tickmark/vue';
import App from './App.vue';
import 'uplot/dist/uPlot.min.css';
import './style.css';

/** Tabs share a connection, unless the browser refuses even to say whether they can. */
function sharing() {
  try {
    return { share: sharedByTabs({ reader: 'visitor' }) };
  } catch {
    return {};
  }
}

const client = new TickmarkClient({ url: '/live', ...sharing() });
createApp(App).use(tickmark(client)).mount('#app');
