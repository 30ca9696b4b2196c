import { inject, type InjectionKey, type Plugin } from 'vue';
import type { TickmarkClient } from '../client/index.js';

const CLIENT: InjectionKey<TickmarkClient> = Symbol('tickmark');

/** Gives the client to every component of an app: `app.use(tickmark(client))`. */
export function tickmark(client: TickmarkClient): Plugin {
  return { install: (app) => void app.provide(CLIENT, client) };
}

/** The client of the app. @throws Error where the app has none. */
export function useTickmark(): TickmarkClient {
  const client = inject(CLIENT, null);
  if (!client) throw new Error('tickmark/vue: call app.use(tickmark(client)) first.');
  return client;
}
