import { createRequire } from 'node:module';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createSSRApp, defineComponent, h, nextTick, ref, type App, type Plugin, type Ref } from 'vue';
import { renderToString } from 'vue/server-renderer';
import { tickmark, usePortfolio } from 'tickmark/vue';
import type { PortfolioView } from 'tickmark/client';
import { CountedLive, countedClient } from '../client/counted-client.js';
import { portfolioValue } from '../client/messages.js';
import { INSTALLED, canUsePlatformPackages } from '../platforms/platform-packages.js';
import { hydrate, parsed } from './plain-document.js';

interface Desk {
  readonly desk: PortfolioView;
  note: string;
}

interface PiniaModule {
  createPinia(): Plugin & { readonly state: Ref<Record<string, object>>; install(app: App): void };
  defineStore(name: string, setup: () => Record<keyof Desk, Ref<unknown>>): () => Desk;
}

const LOADING: PortfolioView = { id: 'desk', state: 'loading', reason: null, value: null };
const view = (marketValue: string): PortfolioView => ({
  ...LOADING,
  state: 'ready',
  value: portfolioValue('desk', marketValue),
});

afterEach(() => vi.unstubAllGlobals());

describe.skipIf(!canUsePlatformPackages())('a store of Pinia', () => {
  function appWith(live: CountedLive<unknown>) {
    const { createPinia, defineStore } = createRequire(INSTALLED)('pinia') as PiniaModule;
    const useDesk = defineStore('desk', () => ({ desk: usePortfolio('desk'), note: ref('as it was') }));
    const pinia = createPinia();
    const Root = defineComponent(() => {
      const store = useDesk();
      return () => h('p', store.desk.value?.marketValue ?? store.desk.state);
    });
    const plugins: Plugin = (app: App) => app.use(tickmark(countedClient(live))).use(pinia);
    return { pinia, Root, plugins, useDesk };
  }

  it.each(['a component', 'a plugin'])(
    'that %s makes subscribes to nothing on a server, is live in the page, and sends no value as its state',
    async (maker) => {
      const onServer = new CountedLive<unknown>(LOADING, view('1'));
      const server = appWith(onServer);
      const app = createSSRApp(server.Root).use(server.plugins);
      if (maker === 'a plugin') app.runWithContext(() => server.useDesk().note);
      const html = await renderToString(app);
      expect([html, onServer.subscribed]).toEqual(['<p>loading</p>', 0]);
      const sent = JSON.stringify(server.pinia.state.value);
      expect(sent).toBe('{"desk":{"note":"as it was"}}');

      vi.stubGlobal('window', globalThis);
      const live = new CountedLive<unknown>(LOADING);
      const page = appWith(live);
      page.pinia.state.value = JSON.parse(sent) as Record<string, object>;
      const root = parsed(html);
      hydrate(page.Root, root, page.plugins);
      expect(root.inner).toBe('<p>loading</p>');
      live.set(view('2'));
      await nextTick();
      expect(root.inner).toBe('<p>2</p>');
      expect(JSON.stringify(page.pinia.state.value)).toBe(sent);
    },
  );
});
