import { describe, expect, test } from 'vitest';
import { FakeClock } from '../../../src/conformance/fake-clock.js';
import { fillStreamConformance } from '../../../src/conformance/fill-stream/fill-stream-conformance.js';
import type { TestRunner } from '../../../src/conformance/test-runner.js';
import type { FillMessage, FillStream } from '../../../src/core/fills/fill-stream.js';
import type { LedgerEntryInput } from '../../../src/core/portfolio/ledger/ledger-entry.js';
import { MockFillStream } from '../../../src/fills/mock-fill-stream.js';
import { runKit } from '../collecting-runner.js';

type Read = FillStream['read'];
type Break = (mock: MockFillStream) => Read;

const kitOf = (broken: Break) => (runner: TestRunner) =>
  fillStreamConformance(runner, {
    createHarness: () => {
      const clock = new FakeClock();
      const mock = new MockFillStream({ clock });
      const trade = (number: number): LedgerEntryInput => {
        const entry = {
          id: `f${number}`,
          at: number,
          type: 'buy',
          symbol: 'A',
          quantity: number,
          price: 1,
        } as const;
        mock.trade('U1', entry);
        return entry;
      };
      return {
        stream: { read: broken(mock) },
        account: 'U1',
        trade,
        advance: (ms) => clock.advance(ms),
        pending: () => clock.pending,
        dispose: () => undefined,
      };
    },
  });

const good: Break = (mock) => (options) => mock.read(options);
/** Changes each message. */
const mapping =
  (change: (message: FillMessage, number: number) => FillMessage[]): Break =>
  (mock) =>
    async function* (options) {
      let number = 0;
      for await (const list of mock.read(options)) {
        const changed = list.flatMap((message) => change(message, ++number));
        if (changed.length > 0) yield changed;
      }
    };

const BROKEN: ReadonlyArray<readonly [string, Break, string]> = [
  [
    'names another account',
    mapping((message) => [{ ...message, account: 'U2' } as FillMessage]),
    'a fill is delivered with its account and an entry that can be booked',
  ],
  [
    'rounds quantities',
    mapping((message) =>
      message.type === 'fill'
        ? [{ ...message, entry: { ...message.entry, quantity: 7 } as LedgerEntryInput }]
        : [message],
    ),
    'a fill is delivered with its account and an entry that can be booked',
  ],
  [
    'loses one of many',
    mapping((message, number) => (number === 7 ? [] : [message])),
    'each fill of several is delivered',
  ],
  [
    'delivers empty lists',
    (mock) =>
      async function* (options) {
        for await (const list of mock.read(options)) {
          yield [];
          yield list;
        }
      },
    'each fill of several is delivered',
  ],
  [
    'forgets what it has delivered',
    (mock) =>
      async function* (options) {
        const lists = mock.read(options)[Symbol.asyncIterator]();
        for (let next = await lists.next(); !next.done;) {
          const { value } = next;
          // Asks for the next list before this one is processed.
          const following = lists.next();
          yield value;
          next = await following;
        }
      },
    'a list that was not processed comes again, with the same ids and content',
  ],
  [
    'numbers fills as it delivers them',
    (mock) => {
      let number = 0;
      return mapping((message) =>
        message.type === 'fill' && ++number > 1
          ? [{ ...message, entry: { ...message.entry, settlesAt: number } as LedgerEntryInput }]
          : [message],
      )(mock);
    },
    'a list that was not processed comes again, with the same ids and content',
  ],
  [
    'does not hear the signal',
    (mock) => () => mock.read(),
    'reading ends when the signal fires, also while nothing comes',
  ],
  [
    'reads once',
    (mock) => {
      let isRead = false;
      return async function* (options) {
        if (isRead) return;
        isRead = true;
        yield* mock.read(options);
      };
    },
    'a stream that was stopped is read again',
  ],
];

describe('the kit of fill streams', () => {
  test('passes a good stream, and shows the rule for links as skipped', async () => {
    const report = await runKit(kitOf(good));
    expect(Object.fromEntries(report.failed)).toEqual({});
    expect(report.skipped).toHaveLength(1);
  });

  test.each(BROKEN)('fails a stream that %s', async (_, broken, rule) => {
    const report = await runKit(kitOf(broken), rule);
    expect([...report.failed.keys()]).toEqual([rule]);
  });
});
