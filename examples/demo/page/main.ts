import { createApp } from 'vue';
import { TickmarkClient, sharedByTabs } from 'tickmark/client';
import { tickmark } from 'tickmark/vue';
import App from './App.vue';
import { canShareTabs } from './tabs';
import 'uplot/dist/uPlot.min.css';
import './style.css';

const sharing = (await canShareTabs()) ? { share: sharedByTabs({ reader: 'visitor' }) } : {};
const client = new TickmarkClient({ url: '/live', ...sharing });
createApp(App).use(tickmark(client)).mount('#app');
