import { inject, onScopeDispose, provide, ref, type InjectionKey, type Ref } from 'vue';
import type { PortfolioValue } from 'tickmark/client';
import { useTickmark } from 'tickmark/vue';
import { History, type SavedHistory } from '../history';

interface Histories {
  of(id: string): History;
  /** Goes up when points have come that the page has not seen come. */
  readonly version: Ref<number>;
}

const HISTORIES: InjectionKey<Histories> = Symbol('histories');

/** Keeps what every portfolio of the list was worth while the page is open, from what the server has kept on. */
export function provideHistories(): Histories {
  const client = useTickmark();
  const known = new Map<string, History>();
  const version = ref(0);
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
  const stop = client.subscribe(() => {
    for (const [id, { value }] of client.getSnapshot().portfolios)
      if (value) note(of(id), value, client.serverNow());
  });
  onScopeDispose(stop);
  const histories = { of, version };
  provide(HISTORIES, histories);
  return histories;
}

export function useHistories(): Histories {
  return inject(HISTORIES)!;
}

function note(history: History, { priced }: PortfolioValue, now: number): void {
  history.add([now, Number(priced.marketValue), Number(priced.unrealizedPnl ?? NaN)]);
}
