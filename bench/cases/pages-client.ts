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
  /** Subscribes to these, and to nothing else, in a task of the page. Resolves with when the first and when all had a value, ms. */
  async watch({ first, count }: { readonly first: number; readonly count: number }) {
    await new Promise((resolve) => setTimeout(resolve));
    const began = performance.now();
    const wanted = new Set(Array.from({ length: count }, (_, at) => `P${first + at}`));
    let firstMs = 0;
    return new Promise((resolve) => {
      const missing = new Set(wanted);
      for (const [symbol, stop] of watched) {
        if (wanted.has(symbol)) continue;
        stop();
        watched.delete(symbol);
      }
      for (const symbol of wanted) {
        const price = client.price(symbol);
        const look = (): void => {
          if (!missing.has(symbol) || price.getSnapshot().state !== 'ready') return;
          missing.delete(symbol);
          firstMs ||= performance.now() - began;
          if (missing.size === 0) resolve({ first: firstMs, all: performance.now() - began });
        };
        watched.get(symbol)?.();
        watched.set(symbol, price.subscribe(look));
        look();
      }
    });
  },
});
