// Live prices of US stocks from Alpaca for ten seconds. Needs your own key (a free paper account has one) and a network.
//   TICKMARK_ALPACA_KEY=… TICKMARK_ALPACA_SECRET=… npm run example -- alpaca AAPL MSFT
//   TICKMARK_ALPACA_FEED=test … npm run example -- alpaca FAKEPACA     at any hour of the day
import { setTimeout as sleep } from 'node:timers/promises';
import { isGap, TickmarkError } from 'tickmark';
import { alpaca, WebSocketPriceStreamAdapter, type AlpacaOptions } from 'tickmark/websocket';

const { TICKMARK_ALPACA_KEY: key, TICKMARK_ALPACA_SECRET: secret, TICKMARK_ALPACA_URL: url } = process.env;
const feed = (process.env.TICKMARK_ALPACA_FEED ?? 'iex') as NonNullable<AlpacaOptions['feed']>;
const asked = process.argv.slice(2);
const symbols = asked.length > 0 ? asked : feed === 'test' ? ['FAKEPACA'] : ['AAPL', 'MSFT'];

if (!key || !secret) {
  console.log('Skipped: set TICKMARK_ALPACA_KEY and TICKMARK_ALPACA_SECRET to your key and its secret.');
} else {
  const stream = new WebSocketPriceStreamAdapter({
    venue: alpaca({ key, secret, feed, ...(url ? { url } : {}) }),
    // Receives symbols that the venue rejects, one by one.
    onError: (error) => console.log(`${error.code}: ${error.message}`),
  });
  stream.onStatus(({ state }) => console.log(`status: ${state}`));
  stream.onMessage((message) => {
    if (isGap(message)) return console.log(`gap of ${message.to - message.from} ms: ${message.reason}`);
    const { symbol, price, bid, ask, currency, timestamp } = message;
    console.log(
      `${symbol} ${price} ${currency} (${bid ?? '?'} / ${ask ?? '?'}) at ${new Date(timestamp).toISOString()}`,
    );
  });
  try {
    await stream.connect();
    await stream.subscribe(symbols);
    await sleep(10_000);
    const { frames, prices, control, rejected } = stream.stats();
    console.log(`${frames} frames: ${prices} prices, ${JSON.stringify({ control, rejected })}`);
    if (prices === 0) console.log('No trade arrived. The US market may be closed; the test feed never is.');
  } catch (error) {
    if (!(error instanceof TickmarkError)) throw error;
    console.log(`Skipped: no prices from Alpaca (${error.code}). ${error.message}`);
  } finally {
    await stream.disconnect();
  }
}
