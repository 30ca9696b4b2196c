import { assert, assertEqual } from '../assertions.js';
import type { KitTime } from '../kit-time.js';
import type { PriceStreamAdapterHarness, PriceStreamKit } from './price-stream-kit.js';
import { connected, flush, send, timesOf, watch, watchStates } from './stream-watch.js';

export function linkRules({ kit, symbols: [a, b, c, d] }: PriceStreamKit): void {
  const breakable = !!kit.supports.breakLink;

  kit.ruleIf(
    breakable,
    'the status of a broken link is reconnecting, then subscribed again',
    async (h, time) => {
      await connected(h, time, a);
      const states = watchStates(h.adapter);
      await linkBroken(h, time);
      await linkRestored(h, time);
      const [first] = states;
      assert(first?.state === 'reconnecting', `first change of status: ${first?.state}`);
      assertEqual(first.attempt, 1, 'number of the first attempt');
      assert(Number.isFinite(first.nextTryAt), 'nextTryAt is a time');
      assertEqual(states.at(-1)?.state, 'subscribed', 'last change of status');
    },
  );

  kit.ruleIf(breakable, 'subscriptions survive a broken link', async (h, time) => {
    await connected(h, time, b, a);
    const { log } = watch(h.adapter);
    await linkBroken(h, time);
    assertEqual(h.adapter.getSubscribedSymbols(), [b, a], 'subscribed symbols while the link is broken');
    await linkRestored(h, time);
    assertEqual(h.adapter.getSubscribedSymbols(), [b, a], 'subscribed symbols afterwards');
    const sent = await send(h, a, b);
    await flush(h, time, a);
    assertEqual(timesOf(log, sent), [1, 1], 'deliveries of each price afterwards');
  });

  kit.ruleIf(breakable, 'a gap is delivered before the first price after a broken link', async (h, time) => {
    await connected(h, time, a, b);
    const { log, gaps } = watch(h.adapter);
    await flush(h, time, a);
    const before = log.length;
    await linkBroken(h, time);
    await linkRestored(h, time);
    const sent = await send(h, a, b);
    await flush(h, time, a);
    const after = log.slice(before);
    assert(after.indexOf('gap') >= 0, 'a gap is delivered');
    for (const [at, each] of sent.entries()) {
      assert(after.indexOf('gap') < after.indexOf(each), 'the gap is before the prices');
      // A stream over several links has a gap for each.
      const earlier = after.slice(0, after.indexOf(each)).filter((logged) => logged === 'gap').length;
      const isInGap = gaps.slice(0, earlier).some(({ symbols }) => symbols.includes([a, b][at]!));
      assert(isInGap, 'symbols of the gap: those that were subscribed');
    }
    const [gap] = gaps;
    assertEqual(gap!.reason, 'disconnect', 'reason of the gap');
    assertEqual(typeof gap!.recovered, 'boolean', 'type of recovered');
    assert(gap!.from <= gap!.to, 'a gap ends after it began');
  });

  kit.ruleIf(
    breakable,
    'an iterator yields the gap before the first price after a broken link',
    async (h, time) => {
      await connected(h, time, a);
      const reader = h.adapter[Symbol.asyncIterator]();
      await linkBroken(h, time);
      await linkRestored(h, time);
      await send(h, a);
      const first = await time.settled(reader.next(), 'next()');
      assert(
        !first.done && 'type' in first.value && first.value.type === 'gap',
        'the first message is a gap',
      );
      const second = await time.settled(reader.next(), 'next()');
      assert(!second.done && 'price' in second.value, 'the second message is a price');
    },
  );

  kit.ruleIf(breakable, 'each outage has one gap, and its attempts start at 1', async (h, time) => {
    await connected(h, time, a);
    const states = watchStates(h.adapter);
    const { gaps } = watch(h.adapter);
    for (let round = 1; round <= 2; round++) {
      await linkBroken(h, time);
      await linkRestored(h, time);
      await flush(h, time, a);
      assertEqual(gaps.length, round, 'gaps');
    }
    const breaks = states.filter((status, at) => {
      return status.state === 'reconnecting' && states[at - 1]?.state !== 'reconnecting';
    });
    assertEqual(
      breaks.map((each) => 'attempt' in each && each.attempt),
      [1, 1],
      'first attempts',
    );
    assert(gaps[0]!.to <= gaps[1]!.from, 'the second gap begins after the first');
  });

  kit.ruleIf(
    breakable,
    'changes of subscriptions while the link is broken take effect afterwards',
    async (h, time) => {
      await connected(h, time, a, b, d);
      await linkBroken(h, time);
      const changes = Promise.all([h.adapter.unsubscribe([b]), h.adapter.subscribe([c])]);
      changes.catch(() => undefined);
      await linkRestored(h, time);
      await time.settled(changes, 'unsubscribe() and subscribe() during an outage');
      assertEqual(h.adapter.getSubscribedSymbols(), [a, d, c], 'subscribed symbols');
      const { log } = watch(h.adapter);
      const sent = await send(h, b, c, d);
      await flush(h, time, a);
      assertEqual(timesOf(log, sent), [0, 1, 1], 'deliveries of each price');
    },
  );

  kit.ruleIf(breakable, 'disconnect() stops reconnecting', async (h, time) => {
    await connected(h, time, a);
    await linkBroken(h, time);
    await time.settled(h.adapter.disconnect(), 'disconnect() during an outage');
    const states = watchStates(h.adapter);
    const { log } = watch(h.adapter);
    await h.venue.restoreLink!();
    await time.pass(200);
    assertEqual(h.adapter.getStatus(), { state: 'disconnected' }, 'status');
    assertEqual([states, log], [[], []], 'changes of status and messages');
    await connected(h, time, a);
    await flush(h, time, a);
  });
}

async function linkBroken(h: PriceStreamAdapterHarness, time: KitTime): Promise<void> {
  // Noted as it happens: a link may be back before anyone looks.
  const states = watchStates(h.adapter);
  await h.venue.breakLink!();
  await time.until(
    () => states.some(({ state }) => state === 'reconnecting'),
    'the status becomes reconnecting',
  );
}

async function linkRestored(h: PriceStreamAdapterHarness, time: KitTime): Promise<void> {
  await h.venue.restoreLink!();
  await time.until(() => h.adapter.getStatus().state === 'subscribed', 'the status becomes subscribed again');
}
