// Live prices of Coinbase Advanced for ten seconds, with symbol names of your own. Needs a network that reaches Coinbase, and no key.
//   npm run example -- coinbase BTC-USD ETH-EUR
import { setTimeout as sleep } from 'node:timers/promises';
import { isGap, TickmarkError } from 'tickmark';
import { coinbase, WebSocketPriceStreamAdapter } from 'tickmark/websocket';

const asked = process.argv.slice(2);
const url = process.env.TICKMARK_COINBASE_URL;

const stream = new WebSocketPriceStreamAdapter({
  // With a CDP key: jwt: () => signedToken(). It is called for each frame.
  venue: coinbase(url === undefined ? {} : { url }),
  symbols: { bitcoin: 'BTC-USD', ether: 'ETH-USD' },
  onError: (error) => console.log(`${error.code}: ${error.message}`),
});
stream.onStatus(({ state }) => console.log(`status: ${state}`));
let shownAt = 0;
stream.onMessage((message) => {
  // After a break, or a missing sequence number: then a new connection delivers the missed prices.
  if (isGap(message)) return console.log(`gap: ${message.reason}, ${message.symbols.join()}`);
  const { symbol, price, bid = 'none', ask = 'none', timestamp } = message;
  if (Date.now() - shownAt < 250) return;
  shownAt = Date.now();
  console.log(`${symbol} ${price} (${bid} / ${ask}) at ${new Date(timestamp).toISOString()}`);
});

try {
  await stream.connect();
  await stream.subscribe(asked.length > 0 ? asked : ['bitcoin', 'ether']);
  await sleep(10_000);
  const { frames, prices, control, rejected } = stream.stats();
  console.log(`${frames} frames: ${prices} prices, ${JSON.stringify({ control, rejected })}`);
} catch (error) {
  if (!(error instanceof TickmarkError)) throw error;
  console.log(`Skipped: Coinbase cannot be reached from here (${error.code}). ${error.message}`);
} finally {
  await stream.disconnect();
}
