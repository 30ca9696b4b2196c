/** What the surroundings tell about the network. Hints: they make the engine look sooner, and never decide anything. */
export type LinkHint = 'online' | 'offline' | 'visible';

/** Subscribes to hints; the returned function ends it. */
export type LinkHints = (listener: (hint: LinkHint) => void) => () => void;

interface EventSource {
  addEventListener(type: string, listener: () => void): void;
  removeEventListener(type: string, listener: () => void): void;
}

interface Browser extends Partial<EventSource> {
  readonly document?: EventSource & { readonly visibilityState?: string };
}

/** The hints of a browser's window and document; none elsewhere. */
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
