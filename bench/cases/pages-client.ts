import { TickmarkClient, webSockets } from '../../src/client/index.js';

// The page of the case `pages`: its prices are read, and not shown, so that only the client is measured.
const page = globalThis as unknown as { readonly location: { readonly search: string } };
const client = new TickmarkClient({
  url: '/live',
  ...(page.location.search === '?ws' && { transport: webSockets() }),
});
const watched = new Map<string, () => void>();
let longest = 0;
new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) longest = Math.max(longest, duration);
}).observe({ type: 'longtask' as never });

Object.assign(globalThis, {
  /** Since the last call. */
  longestTaskMs() {
    const ms = longest;
    longest = 0;
    return ms;
  },
  /** Subscribes to these, and to nothing else. Resolves with when the first and when all had a value, ms. */
  watch(symbols: readonly string[]) {
    const began = performance.now();
    const wanted = new Set(symbols);
    let first = 0;
    return new Promise((resolve) => {
      const missing = new Set(symbols);
      const look = (symbol: string) => (): void => {
        if (client.price(symbol).getSnapshot().state !== 'ready' || !missing.delete(symbol)) return;
        first ||= performance.now() - began;
        if (missing.size === 0) resolve({ first, all: performance.now() - began });
      };
      for (const [symbol, stop] of watched) {
        if (wanted.has(symbol)) continue;
        stop();
        watched.delete(symbol);
      }
      for (const symbol of symbols) {
        const each = look(symbol);
        watched.get(symbol)?.();
        watched.set(symbol, client.price(symbol).subscribe(each));
        each();
      }
    });
  },
});
