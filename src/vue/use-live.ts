import {
  computed,
  getCurrentInstance,
  getCurrentScope,
  hasInjectionContext,
  inject,
  onActivated,
  onDeactivated,
  onMounted,
  shallowRef,
  ssrContextKey,
  watch,
  type ComponentInternalInstance,
  type EffectScope,
  type ShallowRef,
} from 'vue';
import type { Live } from '../client/index.js';

/**
 * Any live value as a shallow ref, until its scope is disposed of. `live` is called again when something that it reads changes, such as a
 * prop. It does not subscribe while `<KeepAlive>` has deactivated its component. On a server, and in the first rendering of a hydration, it shows what
 * `live` gives for a server.
 *
 * @example
 * ```ts
 * import { defineComponent } from 'vue';
 * import { useLive, useTickmark } from 'tickmark/vue';
 *
 * export const TotalEquity = defineComponent({
 *   props: { id: { type: String, required: true } },
 *   setup(props) {
 *     const client = useTickmark();
 *     const portfolio = useLive(() => client.portfolio(props.id));
 *     return () => portfolio.value.value?.equity ?? '–';
 *   },
 * });
 * ```
 */
export function useLive<Snapshot>(live: () => Live<Snapshot>): Readonly<ShallowRef<Snapshot>> {
  if (isOnServer()) return computed(() => live().getServerSnapshot()) as unknown as ShallowRef<Snapshot>;

  const component = ownComponent();
  const snapshot = shallowRef() as ShallowRef<Snapshot>;
  const isShown = shallowRef(true);
  // A component has an element before its first rendering only while it hydrates.
  let isHydrating = Boolean(component?.vnode.el);
  let update = (): void => undefined;
  watch(
    () => [live(), isShown.value] as const,
    ([source, isOn], _, onCleanup) => {
      update = () => void (snapshot.value = isHydrating ? source.getServerSnapshot() : source.getSnapshot());
      if (isOn) onCleanup(source.subscribe(update));
      update();
    },
    // At once, so that no rendering shows the value of an earlier source, even when a component that was put aside comes back with another id.
    { immediate: true, flush: 'sync' },
  );
  if (component) {
    onMounted(() => {
      isHydrating = false;
      update();
    });
    onDeactivated(() => void (isShown.value = false));
    onActivated(() => void (isShown.value = true));
  }
  // Computed, as on a server: a store (Pinia) neither sends it to the page as its state, nor replaces it by the state that it was sent.
  return computed(() => snapshot.value) as unknown as ShallowRef<Snapshot>;
}

/** Whether a server renders pages here. Vue runs no cleanup there, so nothing may be subscribed to. */
function isOnServer(): boolean {
  // While an app is rendered on a server, in its components and in what these call, such as the set-up of a store.
  if (hasInjectionContext() && inject<unknown>(ssrContextKey, null)) return true;
  // Plugins, the middleware of routes and stores also run before and after that. A component that is not rendered on a server is live
  // without a window, too: Vue renders for terminals and native apps.
  return !getCurrentInstance() && (globalThis as { window?: unknown }).window === undefined;
}

/** The component that the current scope belongs to; `null` in a scope that outlives it, such as that of a store. */
function ownComponent(): ComponentInternalInstance | null {
  const component = getCurrentInstance() as (ComponentInternalInstance & { scope: EffectScope }) | null;
  return component?.scope === getCurrentScope() ? component : null;
}
