// Live prices of Binance spot for ten seconds. Needs a network that reaches Binance, and no key.
//   npm run example -- binance BTCUSDT ETHUSDT
import { setTimeout as sleep } from 'node:timers/promises';
import { isGap, TickmarkError } from 'tickmark';
import { binance, WebSocketPriceStreamAdapter } from 'tickmark/websocket';

const asked = process.argv.slice(2);
const symbols = asked.length > 0 ? asked : ['BTCUSDT', 'ETHUSDT'];
const url = process.env.TICKMARK_BINANCE_URL;

const stream = new WebSocketPriceStreamAdapter({
  venue: binance(url === undefined ? {} : { url }),
  // Liquid pairs trade several times a second: print a line after ten seconds without a trade.
  freshness: {
    limitMs: 10_000,
    onChange: (symbol, isStale) => console.log(`${symbol} is ${isStale ? 'stale' : 'fresh again'}`),
  },
  onError: (error) => console.log(`${error.code}: ${error.message}`),
});
stream.onStatus(({ state }) => console.log(`status: ${state}`));
let shownAt = 0;
stream.onMessage((message) => {
  if (isGap(message)) return console.log(`gap of ${message.to - message.from} ms: ${message.reason}`);
  const { symbol, price, bid, ask, timeSource = 'venue' } = message;
  if (Date.now() - shownAt < 250) return;
  shownAt = Date.now();
  console.log(`${symbol} ${price} (${bid ?? '?'} / ${ask ?? '?'}), time: ${timeSource}`);
});

try {
  await stream.connect();
  await stream.subscribe(symbols);
  await sleep(10_000);
  const { frames, prices, control, rejected } = stream.stats();
  console.log(`${frames} frames: ${prices} prices, ${JSON.stringify({ control, rejected })}`);
} catch (error) {
  if (!(error instanceof TickmarkError)) throw error;
  console.log(`Skipped: Binance cannot be reached from here (${error.code}). ${error.message}`);
} finally {
  await stream.disconnect();
}
