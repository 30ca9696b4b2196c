import type { Unsubscribe } from '../../core/unsubscribe.js';

/** A hint about the network. It makes a link check or reconnect sooner, and decides nothing by itself. */
export type LinkHint = 'online' | 'offline' | 'visible';

/** Subscribes a listener to hints. */
export type LinkHints = (listener: (hint: LinkHint) => void) => Unsubscribe;

interface EventSource {
  addEventListener(type: string, listener: () => void): void;
  removeEventListener(type: string, listener: () => void): void;
}

interface Browser extends Partial<EventSource> {
  readonly document?: EventSource & { readonly visibilityState?: string };
}

/** Hints of a browser's window and document; none elsewhere. */
export const browserHints: LinkHints = (listener) => {
  const host = globalThis as Browser;
  const { document } = host;
  if (!document || !host.addEventListener || !host.removeEventListener) return () => undefined;
  const online = (): void => listener('online');
  const offline = (): void => listener('offline');
  const changed = (): void => {
    if (document.visibilityState === 'visible') listener('visible');
  };
  host.addEventListener('online', online);
  host.addEventListener('offline', offline);
  document.addEventListener('visibilitychange', changed);
  return () => {
    host.removeEventListener!('online', online);
    host.removeEventListener!('offline', offline);
    document.removeEventListener('visibilitychange', changed);
  };
};
