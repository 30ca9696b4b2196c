/** An event of a page. `hidden` also when the user leaves it, even if the browser keeps it in its back/forward cache. */
export type PageEvent = 'visible' | 'hidden' | 'online' | 'offline';

/** Port: the part of a page that a client uses. Tests pass a page of their own. */
export interface PageLifecycle {
  isVisible(): boolean;
  /** Whether the browser believes that it has a network. */
  isOnline(): boolean;
  /** Runs `callback` before the next paint; not while the page is hidden. */
  requestFrame(callback: () => void): void;
  /** Calls `listener` with each event, until the returned function is called. */
  listen(listener: (event: PageEvent) => void): () => void;
}

/** About the time between two frames of a screen. */
const FRAME_MS = 16;

interface EventSource {
  addEventListener(type: string, listener: () => void, options: { readonly signal: AbortSignal }): void;
}

interface Browser extends EventSource {
  readonly document?: EventSource & { readonly visibilityState: string };
  readonly navigator?: { readonly onLine?: boolean };
  requestAnimationFrame?(callback: () => void): unknown;
}

/**
 * Always visible and online: for a client that runs where there is no page, such as a bot or a test in Node. The default there.
 * @example
 * ```ts
 * import { TickmarkClient, alwaysVisible } from 'tickmark/client';
 *
 * const client = new TickmarkClient({ url: 'http://127.0.0.1:8080/live', page: alwaysVisible });
 * client.close();
 * ```
 */
export const alwaysVisible: PageLifecycle = Object.freeze({
  isVisible: () => true,
  isOnline: () => true,
  requestFrame: (callback: () => void) => void setTimeout(callback, FRAME_MS),
  listen: () => () => undefined,
});

/** The page of the browser. A worker has no page, but a network; where there is neither, such as in Node: {@link alwaysVisible}. */
export function platformPage(): PageLifecycle {
  const browser = globalThis as unknown as Browser;
  const { document } = browser;
  if (typeof browser.addEventListener !== 'function') return alwaysVisible;
  const isVisible = (): boolean => document?.visibilityState !== 'hidden';
  return {
    isVisible,
    isOnline: () => browser.navigator?.onLine !== false,
    requestFrame(callback) {
      if (document && browser.requestAnimationFrame) browser.requestAnimationFrame(callback);
      else alwaysVisible.requestFrame(callback);
    },
    listen(listener) {
      const abort = new AbortController();
      const on = (source: EventSource, type: string, eventOf: () => PageEvent): void =>
        source.addEventListener(type, () => listener(eventOf()), { signal: abort.signal });
      const visibility = (): PageEvent => (isVisible() ? 'visible' : 'hidden');
      if (document) {
        on(document, 'visibilitychange', visibility);
        on(browser, 'pageshow', visibility);
        on(browser, 'pagehide', () => 'hidden');
      }
      on(browser, 'online', () => 'online');
      on(browser, 'offline', () => 'offline');
      return () => abort.abort();
    },
  };
}
