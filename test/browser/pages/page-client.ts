import { sharedByTabs, TickmarkClient, webSockets, type Live } from 'tickmark/client';

declare global {
  interface Window {
    client: TickmarkClient;
    /** Shows these, and nothing else. */
    show(names: readonly string[]): void;
  }
}

/** The client of a page: `?ws` makes it use a WebSocket, `?share` one connection for all tabs. */
export function makeClient(): TickmarkClient {
  const has = (name: string): boolean => new URLSearchParams(location.search).has(name);
  return (window.client = new TickmarkClient({
    url: '/live',
    ...(has('ws') && { transport: webSockets() }),
    ...(has('share') && { share: sharedByTabs({ reader: 'visitor' }) }),
    ...(has('grace') && { hiddenGraceMs: 0 }),
  }));
}

/** Calls back once a value is there: what is rendered then comes late. */
export function whenReady(live: Live<{ readonly state: string }>, callback: () => void): void {
  const stop = live.subscribe(() => {
    if (live.getSnapshot().state !== 'ready') return;
    callback();
    stop();
  });
}
