import {
  computed,
  inject,
  onScopeDispose,
  provide,
  ref,
  shallowRef,
  watch,
  type InjectionKey,
  type Ref,
  type ShallowRef,
} from 'vue';
import type { ClientSnapshot, TickmarkClient, ValueState } from 'tickmark/client';
import { useTickmark } from 'tickmark/vue';

/** How often what is shown may change: as it comes, so many ms apart, or not at all. */
export type Pace = 'live' | 'slow' | 'paused';

export const SLOW_MS = 2000;

/** Everything that the page has, at one moment. */
export interface Moment {
  readonly all: ClientSnapshot;
  /** On the server's clock, ms since 1970. */
  readonly serverTime: number;
  /** On the reader's clock, ms since 1970. */
  readonly time: number;
}

export interface Pacer {
  readonly pace: Ref<Pace>;
  /** The moment that the whole page shows; `null`: everything as it comes. */
  readonly moment: Readonly<ShallowRef<Moment | null>>;
  /** Shows a later moment. Something has come, or gone, without which no moment was whole. */
  renew(): void;
}

const PACER: InjectionKey<Pacer> = Symbol('pacer');

/** A pacer of what a client has, until its scope is disposed of. */
export function newPacer(client: TickmarkClient): Pacer {
  const pace = ref<Pace>('live');
  const moment = shallowRef<Moment | null>(null);
  const renew = (): void => {
    const isLive = pace.value === 'live';
    moment.value = isLive
      ? null
      : { all: client.getSnapshot(), serverTime: client.serverNow(), time: Date.now() };
  };
  watch(pace, renew, { flush: 'sync' });
  const timer = setInterval(() => {
    if (pace.value === 'slow') renew();
  }, SLOW_MS);
  onScopeDispose(() => clearInterval(timer));
  return { pace, moment, renew };
}

/** Gives the pace to all components below: whatever they show is of one moment. */
export function providePace(): Pacer {
  const pacer = newPacer(useTickmark());
  provide(PACER, pacer);
  return pacer;
}

export function usePacer(): Pacer {
  return inject(PACER)!;
}

interface View {
  readonly state: ValueState;
}

/**
 * A live value at the reader's pace. One that has ended is shown as it is, at any pace: it may not be the reader's any more.
 * @param at Finds the value among all that there was at a moment.
 */
export function usePaced<Shown extends View>(
  live: Readonly<Ref<Shown>>,
  at: (all: ClientSnapshot) => Shown | undefined,
  pacer: Pacer = usePacer(),
): Readonly<Ref<Shown>> {
  const held = computed(() => pacer.moment.value && at(pacer.moment.value.all));
  const shown = computed(() => held.value ?? live.value);
  // What has come since, or has ended, is not of that moment.
  watch(
    () => (pacer.moment.value ? `${live.value.state} ${held.value?.state}` : ''),
    () => {
      if (held.value?.state !== live.value.state) pacer.renew();
    },
  );
  return shown;
}
