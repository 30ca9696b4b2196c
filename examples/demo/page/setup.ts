import { shallowRef } from 'vue';

/** What the page has to know before it can ask for anything. */
export interface Setup {
  readonly portfolios: readonly string[];
  readonly fx: readonly string[];
  readonly kind: 'made-up' | 'recorded';
  /** Servers in use; empty: all is in memory. */
  readonly storeNames: readonly string[];
}

/** Asks the server for the setup: `null` while it is on its way. */
export function useSetup() {
  const setup = shallowRef<Setup | null>(null);
  const failed = shallowRef(false);
  const load = async (): Promise<void> => {
    failed.value = false;
    try {
      const response = await fetch('/setup.json');
      if (!response.ok) throw new Error(response.statusText);
      setup.value = (await response.json()) as Setup;
    } catch {
      failed.value = true;
    }
  };
  void load();
  return { setup, failed, load };
}
