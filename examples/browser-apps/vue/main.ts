import { TickmarkClient } from 'tickmark/client';
import { tickmark } from 'tickmark/vue';
import { createApp } from 'vue';
import App from './App.vue';
import '../flash.css';

const client = new TickmarkClient({ url: '/live' });
createApp(App).use(tickmark(client)).mount('#app');
