import { assertEqual } from '../assertions.js';
import type { PriceStreamKit } from './price-stream-kit.js';
import { connected, entry, flush, priceOf, send, timesOf, watch } from './stream-watch.js';

export function deliveryRules({ kit, symbols: [a, b, c, d] }: PriceStreamKit): void {
  kit.rule(
    'every price of a symbol arrives once from the moment subscribe() has settled',
    async (h, time) => {
      await connected(h, time, a);
      const { log } = watch(h.adapter);
      const sent = await send(h, a, a, a);
      await flush(h, time, a);
      assertEqual(timesOf(log, sent), [1, 1, 1], 'deliveries of each price');
    },
  );

  kit.rule('prices of symbols that are not subscribed do not arrive', async (h, time) => {
    await connected(h, time, a);
    const { log } = watch(h.adapter);
    const unwanted = await send(h, b, c);
    await flush(h, time, a);
    assertEqual(timesOf(log, unwanted), [0, 0], 'deliveries of unwanted prices');
  });

  kit.rule('prices of a symbol do not arrive after unsubscribe()', async (h, time) => {
    await connected(h, time, a, b);
    await flush(h, time, b);
    await time.settled(h.adapter.unsubscribe([b]), 'unsubscribe()');
    const { log } = watch(h.adapter);
    const unwanted = await send(h, b, b);
    await flush(h, time, a);
    assertEqual(timesOf(log, unwanted), [0, 0], 'deliveries of unwanted prices');
  });

  kit.rule('every price of a symbol that is subscribed again arrives once', async (h, time) => {
    await connected(h, time, a, b);
    await time.settled(h.adapter.unsubscribe([b]), 'unsubscribe()');
    await time.settled(h.adapter.subscribe([b]), 'subscribe()');
    const { log } = watch(h.adapter);
    const sent = await send(h, b, a, b);
    await flush(h, time, b);
    assertEqual(timesOf(log, sent), [1, 1, 1], 'deliveries of each price');
  });

  kit.rule('prices of a symbol arrive in the order the venue sent them', async (h, time) => {
    await connected(h, time, a, b, c);
    const { log } = watch(h.adapter);
    const sent: string[] = [];
    for (let round = 0; round < 40; round++) sent.push(...(await send(h, a, b, c, a)));
    await flush(h, time, a);
    for (const symbol of [a, b, c]) {
      const own = (entries: string[]): string[] => entries.filter((each) => each.startsWith(`${symbol} `));
      assertEqual(own(log).slice(0, own(sent).length), own(sent), `prices of ${symbol}`);
    }
  });

  kit.rule('nothing arrives after disconnect() was called', async (h, time) => {
    await connected(h, time, a);
    const { log } = watch(h.adapter);
    await flush(h, time, a);
    const before = log.length;
    const disconnecting = h.adapter.disconnect();
    // A venue that is gone may refuse to send, which also passes.
    const late = Promise.resolve()
      .then(() => h.venue.send(priceOf(a)))
      .catch(() => undefined);
    await time.settled(disconnecting, 'disconnect()');
    await time.settled(late, 'sending');
    await time.pass(50);
    assertEqual(log.length, before, 'messages');
  });

  kit.rule(
    'after disconnect() and connect() only symbols that are subscribed again arrive',
    async (h, time) => {
      await connected(h, time, a, d);
      await flush(h, time, d);
      await time.settled(h.adapter.disconnect(), 'disconnect()');
      await connected(h, time, a);
      const { log } = watch(h.adapter);
      const [unwanted, wanted] = await send(h, d, a);
      await flush(h, time, a);
      assertEqual(timesOf(log, [unwanted!, wanted!]), [0, 1], 'deliveries of each price');
    },
  );

  kit.rule('a price arrives with its venue time', async (h, time) => {
    await connected(h, time, a);
    const sent = priceOf(a);
    let timestamp: number | undefined;
    let timeSource: string | undefined;
    watch(h.adapter, (message) => {
      if (entry(message) !== entry(sent) || !('timestamp' in message)) return;
      ({ timestamp, timeSource } = message);
    });
    await h.venue.send(sent);
    await time.until(() => timestamp !== undefined, 'the price arrives');
    // A venue without times is fine, if the adapter sets timeSource.
    if (timeSource !== 'received') assertEqual(timestamp, sent.timestamp, 'timestamp');
  });
}
