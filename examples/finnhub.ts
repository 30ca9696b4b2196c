// Live trades from Finnhub for ten seconds. Needs your own key (free ones exist) and a network.
//   TICKMARK_FINNHUB_TOKEN=… npm run example -- finnhub AAPL BINANCE:BTCUSDT
import { setTimeout as sleep } from 'node:timers/promises';
import { isGap, TickmarkError } from 'tickmark';
import { finnhub, WebSocketPriceStreamAdapter } from 'tickmark/websocket';

const { TICKMARK_FINNHUB_TOKEN: token, TICKMARK_FINNHUB_URL: url } = process.env;
const asked = process.argv.slice(2);
// Crypto trades at any hour; here with a symbol name of your own.
const symbols = asked.length > 0 ? asked : ['AAPL', 'bitcoin'];

if (!token) {
  console.log('Skipped: set TICKMARK_FINNHUB_TOKEN to your key.');
} else {
  const stream = new WebSocketPriceStreamAdapter({
    venue: finnhub({ token, ...(url ? { url } : {}) }),
    symbols: { bitcoin: 'BINANCE:BTCUSDT' },
    // Finnhub does not answer subscriptions: only its prices show whether a symbol is alive.
    freshness: {
      limitMs: 5_000,
      onChange: (symbol, isStale) =>
        console.log(`${symbol} ${isStale ? 'has had no trade for 5 s' : 'trades again'}`),
    },
    onError: (error) => console.log(`${error.code}: ${error.message}`),
  });
  stream.onStatus(({ state }) => console.log(`status: ${state}`));
  stream.onMessage((message) => {
    if (isGap(message)) return console.log(`gap of ${message.to - message.from} ms: ${message.reason}`);
    const { symbol, price, currency = '', timestamp } = message;
    console.log(`${symbol} ${price} ${currency} at ${new Date(timestamp).toISOString()}`);
  });
  try {
    await stream.connect();
    await stream.subscribe(symbols);
    await sleep(10_000);
    const { frames, prices, control, rejected } = stream.stats();
    console.log(`${frames} frames: ${prices} prices, ${JSON.stringify({ control, rejected })}`);
  } catch (error) {
    if (!(error instanceof TickmarkError)) throw error;
    console.log(`Skipped: no prices from Finnhub (${error.code}). ${error.message}`);
  } finally {
    await stream.disconnect();
  }
}
