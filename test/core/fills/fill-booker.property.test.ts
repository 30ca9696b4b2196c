import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FakeClock } from '../../../src/conformance/fake-clock.js';
import { RepositoryError } from '../../../src/core/errors.js';
import { FillBooker } from '../../../src/core/fills/fill-booker.js';
import type { FillGap } from '../../../src/core/fills/fill-stream.js';
import { HoldingsEditor } from '../../../src/core/portfolio/holdings-editor.js';
import type { LedgerEntryInput } from '../../../src/core/portfolio/ledger/ledger-entry.js';
import { Portfolio } from '../../../src/core/portfolio/portfolio.js';
import { seededRandom } from '../../../src/core/random.js';
import { MockFillStream } from '../../../src/fills/mock-fill-stream.js';
import { InMemoryEventBus } from '../../../src/memory/in-memory-event-bus.js';
import { sized } from '../../sizes.js';
import { ScriptedRepository } from '../engine/scripted-parts.js';

const ACCOUNTS = ['U1', 'U2', 'U3'];
const trade = fc.record({
  account: fc.constantFrom(...ACCOUNTS),
  type: fc.constantFrom('buy', 'sell', 'deposit', 'split'),
  symbol: fc.constantFrom('A', 'B'),
  quantity: fc.integer({ min: 1, max: 100 }),
  price: fc.integer({ min: 1, max: 5000 }).map((cents) => (cents / 100).toFixed(2)),
  pauseMs: fc.nat(40),
});
const share = fc.constantFrom(0, 0.2, 0.5);
const faults = fc.record({
  repeats: share,
  reorders: share,
  breaks: share,
  losses: share,
  listSize: fc.integer({ min: 1, max: 7 }),
});

const stateOf = (portfolio: Portfolio | null) => {
  const { entries, ...rest } = portfolio!.withVersion(0).toSnapshot();
  return JSON.stringify([
    rest,
    entries,
    [...portfolio!.cash],
    portfolio!.positions.map(({ symbol, quantity }) => [symbol, quantity]),
  ]);
};

test('from a stream that breaks, repeats, reorders and loses what it fetches later, all accounts end as the broker has them, and every gap is reported', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(trade, { maxLength: 40 }),
      faults,
      fc.nat(),
      share,
      async (trades, given, seed, outages) => {
        const clock = new FakeClock();
        const random = seededRandom(seed);
        const stream = new MockFillStream({ ...given, clock, random });
        const repository = new ScriptedRepository();
        for (const id of ACCOUNTS) await repository.save(Portfolio.create({ id, currency: 'USD' }));
        repository.scripts.save = async (proceed) => {
          if (random() < outages / 2) throw new RepositoryError('down');
          const saved = await proceed();
          // The answer is lost.
          if (random() < outages / 2) throw new RepositoryError('broken');
          return saved;
        };
        const gaps: FillGap[] = [];
        const options = {
          stream,
          holdings: new HoldingsEditor({ repository, bus: new InMemoryEventBus({ clock }), clock, random }),
          repository,
          clock,
          random,
          onGap: (gap: FillGap) => void gaps.push(gap),
        };
        let booker = new FillBooker(options);
        booker.start();
        let number = 0;
        for (const { account, type, symbol, quantity, price, pauseMs } of trades) {
          const base = { id: `f${number++}`, at: 1000 + number };
          const entry = {
            buy: { ...base, type: 'buy', symbol, quantity, price },
            sell: { ...base, type: 'sell', symbol, quantity, price },
            deposit: { ...base, type: 'deposit', amount: price, currency: 'USD' },
            split: { ...base, type: 'split', symbol, from: 1, to: 2 },
          }[type] as LedgerEntryInput;
          try {
            stream.trade(account, entry);
          } catch {
            // A split of nothing: no broker makes one.
            continue;
          }
          await clock.advance(pauseMs);
          if (random() < 0.1) {
            // Another process goes on: what the first had not processed comes again.
            const closed = booker.close();
            await clock.advance(20_000);
            await closed;
            booker = new FillBooker(options);
            booker.start();
          }
        }
        for (const account of ACCOUNTS) stream.snapshot(account);
        stream.end();
        const finished = booker.finished();
        await clock.advance(3_600_000);
        await finished;
        repository.scripts.save = undefined;
        for (const account of ACCOUNTS)
          expect(stateOf(await repository.load(account))).toBe(stateOf(stream.account(account)));
        // One that was being processed when a process stopped comes again.
        expect(new Set(gaps).size).toBe(stream.gaps);
        expect(booker.stats()).toMatchObject({ refused: 0 });
        expect(clock.pending).toBe(0);
      },
    ),
    { numRuns: sized({ quick: 60, gate: 150, full: 10_000 }) },
  );
});
