import type { Fill } from '../../core/fills/fill-stream.js';
import { isSameEntry, readEntry } from '../../core/portfolio/ledger/entry-reader.js';
import { assert, assertEqual } from '../assertions.js';
import { Kit } from '../kit.js';
import type { TestRunner } from '../test-runner.js';
import { FillReader } from './fill-reader.js';
import type {
  FillStreamConformanceOptions,
  FillStreamHarness,
  FillStreamKit,
  FillStreamSupport,
} from './fill-stream-kit.js';

/**
 * Registers the test cases of a `FillStream`. Each case gets a stream and an account of its own at the broker.
 *
 * @example
 * ```ts
 * import { describe, it } from 'node:test';
 * import { fillStreamConformance } from 'tickmark/conformance';
 * import { MockFillStream } from 'tickmark/fills';
 *
 * fillStreamConformance({ describe, it }, {
 *   createHarness: () => {
 *     const stream = new MockFillStream();
 *     const trade = (number: number) => {
 *       const entry = { id: `f${number}`, at: number, type: 'buy', symbol: 'IBM', quantity: number, price: 1 } as const;
 *       stream.trade('U1', entry);
 *       return entry;
 *     };
 *     return { stream, account: 'U1', trade };
 *   },
 * });
 * ```
 */
export function fillStreamConformance(runner: TestRunner, options: FillStreamConformanceOptions): void {
  const kit = new Kit<FillStreamHarness, FillStreamSupport>(runner, options, async () => undefined);
  runner.describe('FillStream: delivery', () => deliveryRules(kit));
  runner.describe('FillStream: reading', () => readingRules(kit));
}

function deliveryRules(kit: FillStreamKit): void {
  kit.rule('a fill is delivered with its account and an entry that can be booked', async (h, time) => {
    const reader = new FillReader(h.stream);
    const expected = readEntry(await h.trade(1));
    const messages = await reader.until(time, ofId(expected.id), 'a fill arrives');
    const { account, entry } = messages.find(ofId(expected.id)) as Fill;
    assertEqual(account, h.account, 'account of the fill');
    assert(isSameEntry(readEntry(entry), expected), `the entry of the fill is ${JSON.stringify(expected)}`);
    await reader.abort(time);
  });

  kit.rule('each fill of several is delivered', async (h, time) => {
    const reader = new FillReader(h.stream);
    const missing = new Set<string>();
    for (let number = 1; number <= 20; number++) missing.add((await h.trade(number)).id);
    await reader.until(
      time,
      ({ entry }) => missing.delete(entry.id) && missing.size === 0,
      'all fills arrive',
    );
    await reader.abort(time);
  });

  kit.rule('a list that was not processed comes again, with the same ids and content', async (h, time) => {
    const first = new FillReader(h.stream);
    const { id } = await h.trade(1);
    const [before] = (await first.until(time, ofId(id), 'a fill arrives')).filter(ofId(id)) as Fill[];
    await first.stop(time);
    const second = new FillReader(h.stream);
    const [after] = (await second.until(time, ofId(id), 'it arrives again')).filter(ofId(id)) as Fill[];
    assertEqual(after!.account, before!.account, 'account of the fill');
    assert(isSameEntry(readEntry(after!.entry), readEntry(before!.entry)), 'its entry is the same');
    await second.abort(time);
  });

  kit.ruleIf(
    !!kit.supports.link,
    'a fill from while the link is broken is delivered after it, or a gap before the next fill',
    async (h, time) => {
      const reader = new FillReader(h.stream);
      const before = await h.trade(1);
      await reader.until(time, ofId(before.id), 'a fill arrives');
      const next = reader.next();
      await h.link!.break();
      const during = await h.trade(2);
      await time.pass(50);
      await h.link!.restore();
      const after = await h.trade(3);
      const { value } = await time.settled(next, 'messages arrive again');
      const messages = [...(value as readonly Fill[])];
      const isEnough = () =>
        messages.some(ofId(after.id)) && messages.some((each) => ofId(during.id)(each) || isGap(each));
      while (!isEnough()) {
        const list = await time.settled(
          reader.next(),
          'the fill from before, or a gap, and the one after it',
        );
        messages.push(...(list.value as readonly Fill[]));
      }
      if (!messages.some(ofId(during.id)))
        assert(
          messages.findIndex(isGap) < messages.findIndex(ofId(after.id)),
          'the gap comes before the next fill',
        );
      await reader.abort(time);
    },
  );
}

function readingRules(kit: FillStreamKit): void {
  kit.rule('reading ends when the signal fires, also while nothing comes', async ({ stream }, time) => {
    const reader = new FillReader(stream);
    await time.pass(20);
    await reader.abort(time);
    const { done } = await time.settled(
      reader.next().catch(() => ({ done: true })),
      'a list after the signal',
    );
    assert(done === true, 'after the signal there are no more lists');
  });

  kit.rule('reading with a signal that has fired ends at once', async ({ stream }, time) => {
    const lists = stream.read({ signal: AbortSignal.abort() })[Symbol.asyncIterator]();
    const { done } = await time.settled(
      Promise.resolve(lists.next()).catch(() => ({ done: true })),
      'reading with a signal that has fired',
    );
    assert(done === true, 'there is no list');
  });

  kit.rule('a stream that was stopped is read again', async (h, time) => {
    for (let round = 1; round <= 3; round++) {
      const reader = new FillReader(h.stream);
      const { id } = await h.trade(round);
      await reader.until(time, ofId(id), 'a fill arrives');
      await reader.abort(time);
    }
  });
}

const ofId = (id: string) => (message: { readonly type: string; readonly entry?: { readonly id: string } }) =>
  message.type === 'fill' && message.entry?.id === id;
const isGap = ({ type }: { readonly type: string }): boolean => type === 'gap';
