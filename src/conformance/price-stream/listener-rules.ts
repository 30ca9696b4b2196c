import type { Unsubscribe } from '../../core/unsubscribe.js';
import { assert, assertEqual } from '../assertions.js';
import type { PriceStreamKit } from './price-stream-kit.js';
import { connected, flush, send, timesOf, watch, watchStates, type Watch } from './stream-watch.js';

export function listenerRules({ kit, symbols: [a, b] }: PriceStreamKit): void {
  kit.rule('every listener receives each message once', async (h, time) => {
    await connected(h, time, a, b);
    const listeners = [watch(h.adapter), watch(h.adapter), watch(h.adapter)];
    const sent = await send(h, a, b, a);
    await flush(h, time, a);
    for (const { log } of listeners) assertEqual(timesOf(log, sent), [1, 1, 1], 'deliveries of each price');
  });

  kit.rule(
    'a removed listener receives nothing more, and the others still receive each message',
    async (h, time) => {
      await connected(h, time, a);
      const [before, off, after] = [watch(h.adapter), watch(h.adapter), watch(h.adapter)];
      await flush(h, time, a);
      const heard = off.log.length;
      for (let times = 0; times < 3; times++) off.off();
      const sent = await send(h, a, a);
      await flush(h, time, a);
      assertEqual(off.log.length, heard, 'messages of the listener that was removed');
      for (const { log } of [before, after]) assertEqual(timesOf(log, sent), [1, 1], 'deliveries to another');
    },
  );

  kit.rule('a listener that throws does not affect other listeners or the stream', async (h, time) => {
    await connected(h, time, a);
    const fail = (): never => {
      throw new Error('this listener throws on purpose');
    };
    const listeners = [watch(h.adapter), watch(h.adapter, fail), watch(h.adapter)];
    const sent = await send(h, a, a, a);
    await flush(h, time, a);
    for (const { log } of listeners) assertEqual(timesOf(log, sent), [1, 1, 1], 'deliveries of each price');
    assertEqual(h.adapter.getStatus().state, 'subscribed', 'status');
  });

  kit.rule(
    'a status listener that throws does not affect other listeners or connect()',
    async ({ adapter }, time) => {
      adapter.onStatus(() => {
        throw new Error('this listener throws on purpose');
      });
      const states = watchStates(adapter);
      await time.settled(adapter.connect(), 'connect()');
      assertEqual(
        states.map(({ state }) => state),
        ['connecting', 'connected'],
        'changes of status',
      );
    },
  );

  kit.rule('a removed status listener is no longer called', async ({ adapter }, time) => {
    let calls = 0;
    const off = adapter.onStatus(() => calls++);
    await time.settled(adapter.connect(), 'connect()');
    const heard = calls;
    off();
    off();
    await time.settled(adapter.disconnect(), 'disconnect()');
    assert(heard > 0, 'a status listener is called for changes');
    assertEqual(calls, heard, 'calls after it was removed');
  });

  kit.rule('getStatus() in a status listener returns the status it was called with', async (h, time) => {
    const { adapter } = h;
    const found: string[] = [];
    adapter.onStatus(({ state }) => found.push(`${state}=${adapter.getStatus().state}`));
    await connected(h, time, a);
    await time.settled(adapter.disconnect(), 'disconnect()');
    await time.pass(20);
    for (const each of found) assertEqual(each.split('=')[1], each.split('=')[0], 'status that is found');
  });

  kit.rule('listeners may be added and removed while a message is delivered', async (h, time) => {
    await connected(h, time, a);
    const offs: Unsubscribe[] = [];
    const added: Watch[] = [];
    const first = watch(h.adapter, () => {
      for (const off of offs) off();
      if (added.length === 0) added.push(watch(h.adapter));
    });
    const removed = watch(h.adapter);
    offs.push(removed.off);
    const last = watch(h.adapter);
    const sent = await send(h, a, a);
    await flush(h, time, a);
    for (const { log } of [first, last]) assertEqual(timesOf(log, sent), [1, 1], 'deliveries of each price');
    assertEqual(removed.log, [], 'messages of the listener that was removed');
    assertEqual(
      timesOf(added[0]!.log, sent.slice(1)),
      [1],
      'deliveries of the later price to the new listener',
    );
  });

  kit.rule('after a listener calls disconnect(), no other listener is called', async (h, time) => {
    await connected(h, time, a);
    const closing: Promise<void>[] = [];
    watch(h.adapter, () => closing.push(h.adapter.disconnect()));
    const later = watch(h.adapter);
    await send(h, a);
    await time.until(() => closing.length > 0, 'the price arrives');
    await time.settled(Promise.all(closing), 'disconnect() by a listener');
    await time.pass(50);
    assertEqual(later.log, [], 'messages of a later listener');
    assertEqual(closing.length, 1, 'messages of the listener that disconnected');
  });
}
