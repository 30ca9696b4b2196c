import { createApp } from 'vue';
import { TickmarkClient, sharedByTabs } from 'tickmark/client';
import { tickmark } from 'tickmark/vue';
import App from './App.vue';
import 'uplot/dist/uPlot.min.css';
import './style.css';

const client = new TickmarkClient({ url: '/live', share: sharedByTabs({ reader: 'visitor' }) });
createApp(App).use(tickmark(client)).mount('#app');
