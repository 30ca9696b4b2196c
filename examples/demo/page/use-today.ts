import { onScopeDispose, ref, type Ref } from 'vue';
import { localDate } from './days';

const EVERY_MS = 1000;

/** The reader's date, `YYYY-MM-DD`; another one from midnight on. */
export function useToday(): Readonly<Ref<string>> {
  const today = ref(localDate(new Date()));
  const timer = setInterval(() => (today.value = localDate(new Date())), EVERY_MS);
  onScopeDispose(() => clearInterval(timer));
  return today;
}
