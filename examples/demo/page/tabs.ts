const NAME = 'tickmark demo';

/** Whether tabs of this browser can find each other. With blocked cookies a browser may refuse channels and locks. */
export async function canShareTabs(): Promise<boolean> {
  try {
    new BroadcastChannel(NAME).close();
    await navigator.locks.request(NAME, { mode: 'shared' }, () => undefined);
    return true;
  } catch {
    return false;
  }
}
