import { inject, onScopeDispose, provide, ref, shallowRef, watch, type InjectionKey, type Ref } from 'vue';

/** How often what is shown may change: as it comes, so many ms apart, or not at all. */
export type Pace = 'live' | 'slow' | 'paused';

export const SLOW_MS = 2000;

interface Pacer {
  readonly pace: Ref<Pace>;
  /** Goes up whenever all that waits is to be shown, together. */
  readonly beat: Ref<number>;
}

const PACER: InjectionKey<Pacer> = Symbol('pacer');

/** Gives the pace to all components below, which follow one beat: what is shown is of one moment. */
export function providePace(): Ref<Pace> {
  const pace = ref<Pace>('live');
  const beat = ref(0);
  const timer = setInterval(() => {
    if (pace.value === 'slow') beat.value++;
  }, SLOW_MS);
  watch(pace, () => {
    if (pace.value !== 'paused') beat.value++;
  });
  onScopeDispose(() => clearInterval(timer));
  provide(PACER, { pace, beat });
  return pace;
}

/** A value at the reader's pace. What `isOther` tells apart, such as another portfolio, is shown at once. */
export function usePaced<Value>(
  source: Readonly<Ref<Value>>,
  isOther: (shown: Value, next: Value) => boolean = () => false,
): Readonly<Ref<Value>> {
  const { pace, beat } = inject(PACER)!;
  const shown = shallowRef(source.value) as Ref<Value>;
  const show = (): void => void (shown.value = source.value);
  watch(
    source,
    (next) => {
      if (pace.value === 'live' || isOther(shown.value, next)) show();
    },
    { flush: 'sync' },
  );
  watch(beat, show, { flush: 'sync' });
  return shown;
}
