// Live prices of Kraken for ten seconds, with a pair that does not exist. Needs a network that reaches Kraken, and no key.
//   npm run example -- kraken BTC/USD ETH/EUR
import { setTimeout as sleep } from 'node:timers/promises';
import { isGap, TickmarkError } from 'tickmark';
import { kraken, WebSocketPriceStreamAdapter } from 'tickmark/websocket';

const asked = process.argv.slice(2);
const url = process.env.TICKMARK_KRAKEN_URL;

const stream = new WebSocketPriceStreamAdapter({
  // A ticker at each change of the best bid or ask, instead of at each trade.
  venue: kraken({ trigger: 'bbo', ...(url === undefined ? {} : { url }) }),
  // Receives rejected pairs, one by one; the others are subscribed.
  onError: (error) => console.log(`${error.code}: ${error.message}`),
});
stream.onStatus(({ state }) => console.log(`status: ${state}`));
let shownAt = 0;
stream.onMessage((message) => {
  if (isGap(message)) return console.log(`gap: ${message.reason}, ${message.symbols.join()}`);
  const { symbol, price, bid = 'none', ask = 'none', state = 'open' } = message;
  if (Date.now() - shownAt < 250) return;
  shownAt = Date.now();
  console.log(`${symbol} ${price} (${bid} / ${ask}), ${state}`);
});

try {
  await stream.connect();
  await stream.subscribe(asked.length > 0 ? asked : ['BTC/USD', 'ETH/USD', 'NOPE/USD']);
  await sleep(10_000);
  const { frames, prices, control, rejected } = stream.stats();
  console.log(`${frames} frames: ${prices} prices, ${JSON.stringify({ control, rejected })}`);
} catch (error) {
  if (!(error instanceof TickmarkError)) throw error;
  console.log(`Skipped: Kraken cannot be reached from here (${error.code}). ${error.message}`);
} finally {
  await stream.disconnect();
}
