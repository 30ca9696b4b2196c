import { describe, expect, test, vi } from 'vitest';
import { FakeClock } from '../../src/conformance/fake-clock.js';
import { fillStreamConformance } from '../../src/conformance/fill-stream/fill-stream-conformance.js';
import type { FillMessage } from '../../src/core/fills/fill-stream.js';
import type { LedgerEntryInput } from '../../src/core/portfolio/ledger/ledger-entry.js';
import { MockFillStream, type MockFillStreamOptions } from '../../src/fills/mock-fill-stream.js';
import { caught } from '../oracle/caught.js';
import { runner } from '../conformance/without-skips.js';

const buy = (number: number): LedgerEntryInput => ({
  id: `f${number}`,
  at: number,
  type: 'buy',
  symbol: 'A',
  quantity: number,
  price: 1,
});

async function read(options: MockFillStreamOptions, trades: number): Promise<FillMessage[]> {
  const clock = new FakeClock();
  const stream = new MockFillStream({ ...options, clock });
  for (let number = 1; number <= trades; number++) stream.trade('U1', buy(number));
  stream.end();
  const messages: FillMessage[] = [];
  const reading = (async () => {
    for await (const list of stream.read()) messages.push(...list);
  })();
  await clock.advance(10_000);
  await reading;
  return messages;
}
const ids = (messages: readonly FillMessage[]) =>
  messages.flatMap((message) => (message.type === 'fill' ? [message.entry.id] : [message.type]));

describe('the mock stream of fills', () => {
  test('delivers trades in order, in lists of at most listSize', async () => {
    expect(ids(await read({ listSize: 2 }, 5))).toEqual(['f1', 'f2', 'f3', 'f4', 'f5']);
  });

  test('repeats and reorders the share that is asked for', async () => {
    expect(ids(await read({ repeats: 1 }, 2))).toEqual(['f1', 'f1', 'f2', 'f2']);
    expect(ids(await read({ reorders: 1 }, 3))).toEqual(['f2', 'f3', 'f1']);
  });

  test('reports what a break loses as a gap, and delivers it late or never', async () => {
    const faults = { breaks: 1, losses: 1, listSize: 10 };
    const never = await read({ ...faults, recovers: false }, 2);
    expect(ids(never).filter((id) => id.startsWith('f'))).toEqual([]);
    expect(never[0]).toMatchObject({ type: 'gap', account: null, reason: 'disconnect' });
    const snapshot = never.find(({ type }) => type === 'snapshot') as { positions: Record<string, unknown> };
    expect(String(snapshot.positions['A'])).toBe('3');
    expect(ids(await read(faults, 2)).filter((id) => id.startsWith('f'))).toEqual(['f1', 'f2']);
  });

  test('has a record of each account, and refuses what the account cannot do', () => {
    const stream = new MockFillStream({ currency: 'EUR' });
    stream.trade('U1', buy(2));
    expect(stream.account('U1').position('A')!.quantity.toString()).toBe('2');
    expect(stream.account('U2')).toMatchObject({ id: 'U2', currency: 'EUR', positions: [] });
    const split = { id: 's', at: 5, type: 'split', symbol: 'B', from: 1, to: 2 } as const;
    expect(caught(() => stream.trade('U1', split))).toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  test('settles whenProcessed() when the reader has asked for more', async () => {
    const stream = new MockFillStream();
    await stream.whenProcessed();
    stream.trade('U1', buy(1));
    const settled = vi.fn();
    void stream.whenProcessed().then(settled);
    const lists = stream.read();
    await lists.next();
    await Promise.resolve();
    expect(settled).not.toHaveBeenCalled();
    stream.end();
    await lists.next();
    expect(settled).toHaveBeenCalled();
  });
});

fillStreamConformance(runner, {
  createHarness: () => {
    const clock = new FakeClock();
    const stream = new MockFillStream({ clock, repeats: 0.3, reorders: 0.3, breaks: 0.3, listSize: 3 });
    const trade = (number: number) => {
      stream.trade('U1', buy(number));
      return buy(number);
    };
    return {
      stream,
      account: 'U1',
      trade,
      // The mock breaks by itself.
      link: { break: () => Promise.resolve(), restore: () => Promise.resolve() },
      advance: (ms) => clock.advance(ms),
      pending: () => clock.pending,
      dispose: () => undefined,
    };
  },
  supports: { link: true },
});
