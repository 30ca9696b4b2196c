import { sharedByTabs, TickmarkClient, webSockets } from 'tickmark/client';

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
