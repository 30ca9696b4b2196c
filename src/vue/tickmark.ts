import { inject, type InjectionKey, type Plugin } from 'vue';
import type { TickmarkClient } from '../client/index.js';

const CLIENT: InjectionKey<TickmarkClient> = Symbol('tickmark');

/**
 * A plugin that provides a client to every component of an app.
 *
 * @example
 * ```ts
 * import { createApp, defineComponent } from 'vue';
 * import { TickmarkClient } from 'tickmark/client';
 * import { tickmark, usePrice } from 'tickmark/vue';
 *
 * const App = defineComponent(() => {
 *   const price = usePrice('ACME');
 *   return () => price.value.value?.price ?? '–';
 * });
 *
 * createApp(App).use(tickmark(new TickmarkClient({ url: '/live' }))).mount('#app');
 * ```
 */
export function tickmark(client: TickmarkClient): Plugin {
  return { install: (app) => void app.provide(CLIENT, client) };
}

/**
 * The client of the app.
 *
 * @example
 * ```ts
 * import { defineComponent, h } from 'vue';
 * import { useTickmark } from 'tickmark/vue';
 *
 * export const ReconnectButton = defineComponent(() => {
 *   const client = useTickmark();
 *   return () => h('button', { onClick: () => client.reconnect() }, 'Reconnect');
 * });
 * ```
 *
 * @throws Error if the app has none.
 */
export function useTickmark(): TickmarkClient {
  const client = inject(CLIENT, null);
  if (!client) throw new Error('tickmark/vue: call app.use(tickmark(client)) first.');
  return client;
}
