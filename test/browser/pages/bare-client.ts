import { TickmarkClient, sharedByTabs, webSockets } from 'tickmark/client';

declare global {
  interface Window {
    client: TickmarkClient;
    /** Subscribes to prices, and to nothing else. */
    watch(symbols: readonly string[]): void;
    /** The shown prices, by symbol; those that have not come are left out. */
    prices(): Record<string, string>;
    fault(): { state: string; code: number | null; cause: string | null; message: string };
  }
}

const query = new URLSearchParams(location.search);
const client = (window.client = new TickmarkClient({
  url: query.get('url') ?? '/live',
  openTimeoutMs: Number(query.get('timeout') ?? 10_000),
  ...(query.has('ws') && { transport: webSockets() }),
  ...(query.has('share') && { share: sharedByTabs({ reader: 'visitor' }) }),
}));
client.connection.subscribe(() => undefined);
const watched = new Map<string, () => void>();

window.watch = (symbols) => {
  const wanted = new Set(symbols);
  for (const [symbol, stop] of watched) {
    if (wanted.has(symbol)) continue;
    stop();
    watched.delete(symbol);
  }
  for (const symbol of wanted)
    if (!watched.has(symbol))
      watched.set(
        symbol,
        client.price(symbol).subscribe(() => undefined),
      );
};
window.prices = () =>
  Object.fromEntries(
    [...watched.keys()].flatMap((symbol) => {
      const price = client.price(symbol).getSnapshot().value?.price;
      return price === undefined || price === null ? [] : [[symbol, price]];
    }),
  );
window.fault = () => {
  const { state, error } = client.connection.getSnapshot();
  return { state, code: error?.code ?? null, cause: error?.cause ?? null, message: error?.message ?? '' };
};
