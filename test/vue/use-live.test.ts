import { renderToString } from 'vue/server-renderer';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  KeepAlive,
  createSSRApp,
  defineComponent,
  effectScope,
  h,
  nextTick,
  onServerPrefetch,
  ref,
  shallowRef,
  type App,
  type Ref,
} from 'vue';
import {
  tickmark,
  useCashBalances,
  useClosedPositions,
  useConnection,
  useLive,
  usePortfolio,
  usePosition,
  usePositions,
  usePrice,
  useSymbols,
} from 'tickmark/vue';
import { CountedLive, countedClient } from '../client/counted-client.js';
import { element, hydrate, parsed, plainApp } from './plain-document.js';

afterEach(() => vi.unstubAllGlobals());

/** A button that only a live value unlocks. */
const lock = (live: CountedLive<string>) =>
  defineComponent(() => {
    const state = useLive(() => live);
    return () => {
      const isWaiting = state.value === 'loading';
      return h('button', { class: state.value, disabled: isWaiting, 'aria-busy': isWaiting }, state.value);
    };
  });

describe('hydration with a value that is live already', () => {
  it('ends with the text and all attributes of the live value, and without a mismatch', async () => {
    const live = new CountedLive('loading', 'ready');
    const html = await renderToString(createSSRApp(lock(live)));
    expect(html).toBe('<button class="loading" disabled aria-busy="true">loading</button>');
    const warnings = [vi.spyOn(console, 'warn'), vi.spyOn(console, 'error')];
    const root = parsed(html);
    hydrate(lock(live), root);
    await nextTick();
    expect(root.inner).toBe('<button class="ready">ready</button>');
    live.set('newer');
    await nextTick();
    expect(root.inner).toBe('<button class="newer">newer</button>');
    for (const each of warnings) expect(each).not.toHaveBeenCalled();
  });

  it('shows what a server shows until the page is mounted, whatever comes meanwhile', async () => {
    const live = new CountedLive('loading', 'ready');
    const shown: string[] = [];
    const Root = defineComponent(() => {
      const state = useLive(() => live);
      live.set('newest');
      return () => h('p', (shown.push(state.value), state.value));
    });
    hydrate(Root, parsed('<p>loading</p>'));
    await nextTick();
    expect(shown).toEqual(['loading', 'newest']);
  });

  it('does not delay the value of a component that only the browser renders', () => {
    const live = new CountedLive('loading', 'ready');
    const root = element('div');
    plainApp(lock(live)).mount(root);
    expect(root.inner).toBe('<button class="ready">ready</button>');
  });
});

/** What every composable gives. */
const useAll = (live: CountedLive<unknown>): readonly Readonly<Ref<unknown>>[] => [
  usePortfolio('p'),
  usePositions('p'),
  useSymbols('p'),
  usePosition('p', 'A'),
  useClosedPositions('p'),
  useCashBalances('p'),
  usePrice('A'),
  useConnection(),
  useLive(() => live),
];

describe('on a server', () => {
  it('no composable subscribes to anything, however often it renders', async () => {
    const live = new CountedLive<unknown>({ state: 'first' }, { state: 'live' });
    const Root = defineComponent(() => {
      const all = useAll(live);
      return () => h('p', all.map(({ value }) => (value as { state?: string } | null)?.state).join(' '));
    });
    for (let count = 0; count < 200; count++) {
      const html = await renderToString(createSSRApp(Root).use(tickmark(countedClient(live))));
      expect(html).toBe(`<p>${Array(9).fill('first').join(' ')}</p>`);
    }
    expect(live.subscribed).toBe(0);
  });

  // Plugins, the middleware of routes and stores run before an app is rendered, between, and after it.
  describe.each<[string, (app: App, use: () => void) => void]>([
    ['a plugin', (app, use) => app.use({ install: (its) => its.runWithContext(use) })],
    ['the middleware of a route', (app, use) => app.runWithContext(use)],
    ['a store', (app, use) => app.runWithContext(() => effectScope(true).run(use))],
  ])('outside of a rendering, in %s', (_, run) => {
    const first = { state: 'first' };

    it('nothing is subscribed to', () => {
      const live = new CountedLive<unknown>(first, { state: 'live' });
      const app = createSSRApp({ render: () => null }).use(tickmark(countedClient(live)));
      run(app, () => {
        for (const { value } of useAll(live)) expect(value).toBe(first);
      });
      expect(live.subscribed).toBe(0);
    });

    it('values are live where there is a window, as in a page', () => {
      vi.stubGlobal('window', globalThis);
      const live = new CountedLive<unknown>(first, { state: 'live' });
      const app = createSSRApp({ render: () => null }).use(tickmark(countedClient(live)));
      run(app, () => {
        for (const { value } of useAll(live)) expect(value).toEqual({ state: 'live' });
      });
      expect(live.listeners.size).toBe(9);
    });
  });

  it('nothing is subscribed to in a store that a component makes', async () => {
    const live = new CountedLive<unknown>({ state: 'first' }, { state: 'live' });
    const Root = defineComponent(() => {
      const all = effectScope(true).run(() => useAll(live))!;
      return () => h('p', (all[0]!.value as { state: string }).state);
    });
    const html = await renderToString(createSSRApp(Root).use(tickmark(countedClient(live))));
    expect([html, live.subscribed]).toEqual(['<p>first</p>', 0]);
  });

  it('nothing is subscribed to without an app and a scope, as after an await', async () => {
    const live = new CountedLive('first', 'live');
    await Promise.resolve();
    expect([useLive(() => live).value, live.subscribed]).toEqual(['first', 0]);
  });

  it('follows an id that is fetched before the page is rendered', async () => {
    const lives: Record<string, CountedLive<string>> = {
      none: new CountedLive('no id'),
      desk: new CountedLive('desk loading'),
    };
    const Root = defineComponent(() => {
      const id = ref('none');
      const state = useLive(() => lives[id.value]!);
      expect(state.value).toBe('no id');
      onServerPrefetch(async () => void (id.value = await Promise.resolve('desk')));
      return () => h('p', state.value);
    });
    expect(await renderToString(createSSRApp(Root))).toBe('<p>desk loading</p>');
  });
});

describe('a component that KeepAlive puts aside', () => {
  function kept(live: CountedLive<string>, Inner = lock(live)) {
    const isOn = shallowRef(true);
    const root = element('div');
    const app = plainApp(defineComponent(() => () => h(KeepAlive, () => (isOn.value ? h(Inner) : null))));
    app.mount(root);
    return { isOn, root, app };
  }

  it('subscribes to nothing, and has the newest value at once when it comes back', async () => {
    const live = new CountedLive('loading', 'ready');
    const { isOn, root, app } = kept(live);
    for (let round = 0; round < 3; round++) {
      expect(live.listeners.size).toBe(1);
      isOn.value = false;
      await nextTick();
      expect(live.listeners.size).toBe(0);
      live.set(`round ${round}`);
      isOn.value = true;
      await nextTick();
      expect(root.textContent).toBe(`round ${round}`);
    }
    app.unmount();
    expect(live.listeners.size).toBe(0);
  });

  it('never shows the value of one id beside another, whichever id it comes back with', async () => {
    const lives = new Map(['A', 'B', 'C'].map((id) => [id, new CountedLive('loading', `value of ${id}`)]));
    const [id, isOn] = [ref('A'), ref(true)];
    const rendered: string[] = [];
    const Inner = defineComponent({
      props: { id: { type: String, required: true } },
      setup(props) {
        const state = useLive(() => lives.get(props.id)!);
        return () => h('p', (rendered.push(`${props.id}: ${state.value}`), state.value));
      },
    });
    const root = element('div');
    plainApp(
      defineComponent(() => () => h(KeepAlive, () => (isOn.value ? h(Inner, { id: id.value }) : null))),
    ).mount(root);
    for (const next of ['B', 'C']) {
      isOn.value = false;
      await nextTick();
      id.value = next;
      await nextTick();
      for (const { listeners } of lives.values()) expect(listeners.size).toBe(0);
      isOn.value = true;
      await nextTick();
      expect(root.textContent).toBe(`value of ${next}`);
      expect(lives.get(next)!.listeners.size).toBe(1);
    }
    expect([...new Set(rendered)]).toEqual(['A: value of A', 'B: value of B', 'C: value of C']);
  });

  it('takes components inside it along', async () => {
    const live = new CountedLive('loading', 'ready');
    const Child = lock(live);
    const { isOn } = kept(
      live,
      defineComponent(() => () => h('div', [h(Child), h(Child)])),
    );
    expect(live.listeners.size).toBe(2);
    isOn.value = false;
    await nextTick();
    expect(live.listeners.size).toBe(0);
    isOn.value = true;
    await nextTick();
    expect(live.listeners.size).toBe(2);
  });

  it('leaves the values of a store alone, which others use too', async () => {
    const live = new CountedLive('loading', 'ready');
    const store = effectScope(true);
    const { isOn } = kept(
      live,
      defineComponent(() => {
        const state = store.run(() => useLive(() => live))!;
        return () => h('p', state.value);
      }),
    );
    isOn.value = false;
    await nextTick();
    expect(live.listeners.size).toBe(1);
    store.stop();
    expect(live.listeners.size).toBe(0);
  });
});
