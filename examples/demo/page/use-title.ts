import { onScopeDispose, ref, watch, type Ref } from 'vue';
import { useConnection } from 'tickmark/vue';
import { timeFormat } from './figures';
import { useLanguage } from './language';
import type { Pacer } from './pace';
import { titleOf } from './title';
import type { ShownPortfolio } from './totals';

const EVERY_MS = 1000;

/** Keeps the title of the page: at once when the portfolio or its state changes, otherwise once a second. */
export function useTitle(
  id: () => string,
  shown: Readonly<Ref<ShownPortfolio>>,
  { pace, moment }: Pacer,
): void {
  const { say, locale } = useLanguage();
  const connection = useConnection();
  // Nothing comes to a hidden page.
  const hiddenSince = ref<number | null>(null);
  const note = (): void => {
    const pausedSince = pace.value === 'paused' ? moment.value?.time : null;
    const since = hiddenSince.value ?? pausedSince ?? null;
    const standsSince = since === null ? null : timeFormat(locale()).format(since);
    const { state } = connection.value;
    document.title = titleOf({ id: id(), totals: shown.value.totals, state, standsSince }, say(), locale());
  };
  const noteVisibility = (): void => {
    const isHidden = document.visibilityState === 'hidden';
    hiddenSince.value = isHidden ? (hiddenSince.value ?? Date.now()) : null;
  };
  document.addEventListener('visibilitychange', noteVisibility);
  watch(
    [id, () => connection.value.state, moment, hiddenSince, locale, () => shown.value.totals === null],
    note,
    {
      immediate: true,
    },
  );
  const timer = setInterval(note, EVERY_MS);
  onScopeDispose(() => {
    clearInterval(timer);
    document.removeEventListener('visibilitychange', noteVisibility);
    document.title = 'tickmark';
  });
}
