import { onScopeDispose, shallowRef, watch, type ShallowRef } from 'vue';
import type { Live } from '../client/index.js';

/**
 * A live value as a ref that is replaced when the value changes, until the scope it was made in is disposed of. `live` is asked anew
 * when what it reads changes, such as a prop.
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
    // At once, so that nothing is rendered with the value of what it was before.
    { immediate: true, flush: 'sync' },
  );
  onScopeDispose(() => stop?.());
  return snapshot;
}
