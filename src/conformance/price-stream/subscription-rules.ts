import { assertEqual } from '../assertions.js';
import type { PriceStreamKit } from './price-stream-kit.js';
import { connected, flush, send, timesOf, watch } from './stream-watch.js';

export function subscriptionRules({ kit, symbols: [a, b, c, d] }: PriceStreamKit): void {
  const { maxSymbols } = kit.supports;

  kit.rule(
    'subscribe() before connect() and after disconnect() fails with NOT_CONNECTED',
    async (h, time) => {
      await time.rejected(h.adapter.subscribe([a]), 'NOT_CONNECTED', 'subscribe() before connect()');
      await connected(h, time);
      await time.settled(h.adapter.disconnect(), 'disconnect()');
      await time.rejected(h.adapter.subscribe([a]), 'NOT_CONNECTED', 'subscribe() after disconnect()');
      assertEqual(h.adapter.getSubscribedSymbols(), [], 'subscribed symbols');
    },
  );

  kit.rule('subscribe() of no symbols fails with EMPTY_SUBSCRIPTION', async (h, time) => {
    await connected(h, time);
    await time.rejected(h.adapter.subscribe([]), 'EMPTY_SUBSCRIPTION', 'subscribe([])');
  });

  kit.rule('subscribe() of a symbol that is empty or no string rejects the whole call', async (h, time) => {
    await connected(h, time, a);
    for (const wrong of ['', 7, null, undefined] as string[]) {
      await time.rejected(
        h.adapter.subscribe([b, wrong]),
        'INVALID_ARGUMENT',
        `subscribe() of ${String(wrong)}`,
      );
    }
    assertEqual(h.adapter.getSubscribedSymbols(), [a], 'subscribed symbols');
  });

  kit.rule('getSubscribedSymbols() lists symbols in the order they were subscribed', async (h, time) => {
    await connected(h, time, c, a);
    await time.settled(Promise.all([h.adapter.subscribe([b, a]), h.adapter.subscribe([c])]), 'subscribe()');
    assertEqual(h.adapter.getSubscribedSymbols(), [c, a, b], 'subscribed symbols');
    await time.settled(h.adapter.unsubscribe([c]), 'unsubscribe()');
    await time.settled(h.adapter.subscribe([c]), 'subscribe() again');
    assertEqual(h.adapter.getSubscribedSymbols(), [a, b, c], 'subscribed symbols');
  });

  kit.rule('a symbol that is subscribed twice is listed and delivered once', async (h, time) => {
    await connected(h, time, a, b, a);
    await time.settled(h.adapter.subscribe([b, b]), 'subscribe() again');
    assertEqual(h.adapter.getSubscribedSymbols(), [a, b], 'subscribed symbols');
    const { log } = watch(h.adapter);
    const sent = await send(h, a, b);
    await flush(h, time, a);
    assertEqual(timesOf(log, sent), [1, 1], 'deliveries of each price');
    await time.settled(h.adapter.unsubscribe([b]), 'unsubscribe()');
    assertEqual(h.adapter.getSubscribedSymbols(), [a], 'subscribed symbols after one unsubscribe()');
  });

  kit.rule('unsubscribe() ignores symbols that are not subscribed', async (h, time) => {
    await time.settled(h.adapter.unsubscribe([a]), 'unsubscribe() before connect()');
    await connected(h, time, a, b);
    await time.settled(h.adapter.unsubscribe([d, b, c]), 'unsubscribe()');
    await time.settled(h.adapter.unsubscribe([b]), 'unsubscribe() again');
    assertEqual(h.adapter.getSubscribedSymbols(), [a], 'subscribed symbols');
    await flush(h, time, a);
  });

  kit.rule('changing a list of symbols afterwards does not change subscriptions', async (h, time) => {
    await connected(h, time);
    const given = [a, b];
    const subscribing = h.adapter.subscribe(given);
    given.length = 0;
    await time.settled(subscribing, 'subscribe()');
    const listed = h.adapter.getSubscribedSymbols() as string[];
    Reflect.set(listed, 0, d);
    assertEqual(h.adapter.getSubscribedSymbols(), [a, b], 'subscribed symbols');
  });

  kit.ruleIf(
    maxSymbols !== undefined,
    'subscribe() above the limit fails with SUBSCRIPTION_LIMIT and subscribes none of its symbols',
    async (h, time) => {
      const all = [a, b, c, d];
      await connected(h, time, ...all.slice(0, maxSymbols! - 1));
      const beyond = all.slice(maxSymbols! - 1, maxSymbols! + 1);
      await time.rejected(h.adapter.subscribe(beyond), 'SUBSCRIPTION_LIMIT', 'subscribe() beyond the limit');
      assertEqual(h.adapter.getSubscribedSymbols(), all.slice(0, maxSymbols! - 1), 'subscribed symbols');
      await time.settled(h.adapter.subscribe([a, beyond[0]!]), 'subscribe() up to the limit');
      assertEqual(h.adapter.getSubscribedSymbols(), all.slice(0, maxSymbols), 'subscribed symbols');
    },
  );
}
