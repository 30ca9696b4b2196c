import type { PriceStreamMessage } from '../../core/streams/price-stream-adapter.js';
import { assert, assertEqual } from '../assertions.js';
import type { KitTime } from '../kit-time.js';
import type { PriceStreamKit } from './price-stream-kit.js';
import { connected, entry, flush, send, timesOf, watch } from './stream-watch.js';

type Reader = AsyncIterator<PriceStreamMessage, undefined>;

export function iteratorRules({ kit, symbols: [a, b] }: PriceStreamKit): void {
  kit.rule('an iterator yields the messages that arrive after its creation, in order', async (h, time) => {
    await connected(h, time, a);
    await flush(h, time, a);
    const reader = h.adapter[Symbol.asyncIterator]();
    for (let round = 0; round < 5; round++) {
      const sent = await send(h, a);
      assertEqual(await read(reader, time), sent[0], 'message');
    }
  });

  kit.rule('disconnect() ends every iterator, also one with a pending next()', async (h, time) => {
    await connected(h, time, a);
    const [waiting, idle] = [h.adapter[Symbol.asyncIterator](), h.adapter[Symbol.asyncIterator]()];
    const next = waiting.next();
    assert(await time.isPendingAfter(next, 20), 'next() waits for a message');
    await time.settled(h.adapter.disconnect(), 'disconnect()');
    assertEqual((await time.settled(next, 'next()')).done, true, 'done, of the reader that waited');
    assertEqual((await time.settled(waiting.next(), 'next()')).done, true, 'done, of a second call');
    assertEqual(
      (await time.settled(idle.next(), 'next()')).done,
      true,
      'done, of the reader that did not wait',
    );
  });

  kit.rule(
    'a slow reader receives the newest price of each symbol and no growing backlog',
    async (h, time) => {
      await connected(h, time, a, b);
      const reader = h.adapter[Symbol.asyncIterator]();
      const sent: string[] = [];
      for (let round = 0; round < 50; round++) sent.push(...(await send(h, a, b)));
      await flush(h, time, b);
      const [newest] = await send(h, a);
      await flush(h, time, b);
      const seen: string[] = [];
      while (!seen.includes(newest!)) {
        seen.push(await read(reader, time));
        assert(
          seen.length <= 4,
          `a slow reader of two symbols gets at most four messages, got ${seen.join(', ')}`,
        );
      }
    },
  );

  kit.rule('iterators are independent of each other', async (h, time) => {
    await connected(h, time, a);
    const readers = [h.adapter[Symbol.asyncIterator](), h.adapter[Symbol.asyncIterator]()];
    for (let round = 0; round < 3; round++) {
      const sent = await send(h, a);
      for (const reader of readers) assertEqual(await read(reader, time), sent[0], 'message');
    }
  });

  kit.rule('leaving a loop early ends its iterator and nothing else', async (h, time) => {
    await connected(h, time, a);
    const { log } = watch(h.adapter);
    const reader = h.adapter[Symbol.asyncIterator]();
    const leave = async (): Promise<string> => {
      for await (const message of { [Symbol.asyncIterator]: () => reader }) return entry(message);
      return 'the end';
    };
    const left = leave();
    const [first] = await send(h, a);
    assertEqual(await time.settled(left, 'the loop'), first, 'message');
    assertEqual((await time.settled(reader.next(), 'next()')).done, true, 'done, after the loop was left');
    const sent = await send(h, a, a);
    await flush(h, time, a);
    assertEqual(timesOf(log, sent), [1, 1], 'deliveries to a listener');
  });
}

async function read(reader: Reader, time: KitTime): Promise<string> {
  const { value, done } = await time.settled(reader.next(), 'next()');
  return done ? 'the end' : entry(value);
}
