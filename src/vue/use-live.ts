import { onScopeDispose, shallowRef, watch, type ShallowRef } from 'vue';
import type { Live } from '../client/index.js';

/**
 * Any live value as a shallow ref, until its scope is disposed of. `live` is called again when something that it reads changes, such as a
 * prop.
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
  const snapshot = shallowRef() as ShallowRef<Snapshot>;
  let stop: (() => void) | undefined;
  watch(
    live,
    (source) => {
      stop?.();
      const update = (): void => void (snapshot.value = source.getSnapshot());
      stop = source.subscribe(update);
      update();
    },
    // At once, so that no rendering shows the value of the earlier source.
    { immediate: true, flush: 'sync' },
  );
  onScopeDispose(() => stop?.());
  return snapshot;
}
