import { onScopeDispose, ref, type Ref } from 'vue';
import { idIn } from './address';

/** The id in the address, also after a link was followed, or Back. Links such as `#growth` change it. */
export function useAddress(): Readonly<Ref<string>> {
  const id = ref(idIn(location.hash));
  const read = (): void => void (id.value = idIn(location.hash));
  addEventListener('hashchange', read);
  addEventListener('popstate', read);
  onScopeDispose(() => {
    removeEventListener('hashchange', read);
    removeEventListener('popstate', read);
  });
  return id;
}
