import { createSSRApp } from 'vue';
import { tickmark } from 'tickmark/vue';
import { Lock } from './lock-vue.js';
import { makeClient, whenReady } from './page-client.js';

const client = makeClient();
whenReady(client.price('LOCK'), () => createSSRApp(Lock).use(tickmark(client)).mount('#app'));
