import { inject, onScopeDispose, provide, ref, watch, type InjectionKey, type Ref } from 'vue';
import { useTickmark } from 'tickmark/vue';
import { History, type Point, type SavedHistory } from '../history';
import { pointOf } from './curve';
import type { Pacer } from './pace';
import { totalsOf } from './totals';

/** Points of a portfolio, oldest first. */
interface Curves {
  readonly recent: readonly Point[];
  readonly long: readonly Point[];
}

interface Histories {
  /** What is to be drawn: up to the moment that the page shows. */
  of(id: string): Curves;
  /** Goes up when points have come without a new value. */
  readonly version: Ref<number>;
}

const SAMPLE_MS = 1000;

const HISTORIES: InjectionKey<Histories> = Symbol('histories');

/** Keeps what every portfolio of the list was worth while the page is open, from what the server has kept on. */
export function provideHistories({ moment }: Pacer): Histories {
  const client = useTickmark();
  const known = new Map<string, History>();
  const version = ref(0);
  let held: ReadonlyMap<string, Curves> | null = null;
  const of = (id: string): History => {
    const history = known.get(id) ?? new History();
    known.set(id, history);
    return history;
  };
  const load = async (): Promise<void> => {
    const response = await fetch('/history.json');
    const saved = (await response.json()) as Readonly<Record<string, SavedHistory>>;
    for (const [id, each] of Object.entries(saved)) of(id).load(each);
    version.value++;
  };
  // Without it the chart starts with the page, or has a gap where the page was hidden: no harm.
  const loadIfSeen = (): void => {
    if (!document.hidden) load().catch(() => undefined);
  };
  loadIfSeen();
  document.addEventListener('visibilitychange', loadIfSeen);
  onScopeDispose(() => document.removeEventListener('visibilitychange', loadIfSeen));
  const note = (): void => {
    const { positions, portfolios } = client.getSnapshot();
    for (const id of new Set([...positions.keys(), ...portfolios.keys()])) {
      const value = totalsOf(positions.get(id), portfolios.get(id));
      if (value) of(id).add(pointOf(value, client.serverNow()));
    }
  };
  onScopeDispose(client.subscribe(note));
  // A value that stays is drawn, too; but not one of which nobody knows whether it does.
  const timer = setInterval(() => {
    if (document.hidden || client.connection.getSnapshot().state !== 'live') return;
    note();
    version.value++;
  }, SAMPLE_MS);
  onScopeDispose(() => clearInterval(timer));
  watch(
    moment,
    (now) => {
      held = now && new Map([...known].map(([id, { recent, long }]) => [id, { recent, long }]));
    },
    { flush: 'sync' },
  );
  const histories = { of: (id: string) => held?.get(id) ?? of(id), version };
  provide(HISTORIES, histories);
  return histories;
}

export function useHistories(): Histories {
  return inject(HISTORIES)!;
}
