import { describe, expect, test } from 'vitest';
import { FakeClock } from '../../../src/conformance/fake-clock.js';
import { RepositoryError, TickmarkError } from '../../../src/core/errors.js';
import type { AccountDifference } from '../../../src/core/fills/account-differences.js';
import type { FillBookerOptions } from '../../../src/core/fills/fill-booker-options.js';
import { FillBooker } from '../../../src/core/fills/fill-booker.js';
import type { Fill, FillGap, FillMessage, FillStream } from '../../../src/core/fills/fill-stream.js';
import { HoldingsEditor } from '../../../src/core/portfolio/holdings-editor.js';
import type { LedgerEntryInput } from '../../../src/core/portfolio/ledger/ledger-entry.js';
import { Portfolio } from '../../../src/core/portfolio/portfolio.js';
import { seededRandom } from '../../../src/core/random.js';
import { InMemoryEventBus } from '../../../src/memory/in-memory-event-bus.js';
import { caught } from '../../oracle/caught.js';
import { ScriptedRepository } from '../engine/scripted-parts.js';

const entry = (id: string, quantity = 1): LedgerEntryInput => ({
  id,
  at: 1,
  type: 'buy',
  symbol: 'A',
  quantity,
  price: 2,
});
const fill = (id: string, account = 'p', quantity = 1): Fill => ({
  type: 'fill',
  account,
  entry: entry(id, quantity),
});

/** A stream of given lists, which notes when each was asked for. */
class Lists implements FillStream {
  readonly asked: number[] = [];
  failures: Error[] = [];
  /** Lists that were processed. */
  processed = 0;
  readonly #lists: ReadonlyArray<readonly FillMessage[]>;

  constructor(...lists: ReadonlyArray<readonly FillMessage[]>) {
    this.#lists = lists;
  }

  async *read(): AsyncGenerator<readonly FillMessage[]> {
    const failure = this.failures.shift();
    if (failure) throw failure;
    while (this.processed < this.#lists.length) {
      yield this.#lists[this.processed]!;
      this.processed++;
    }
  }
}

async function world(stream: FillStream, options: Partial<FillBookerOptions> = {}) {
  const clock = new FakeClock();
  const repository = new ScriptedRepository();
  for (const id of ['p', 'q']) await repository.save(Portfolio.create({ id, currency: 'USD' }));
  const holdings = new HoldingsEditor({
    repository,
    bus: new InMemoryEventBus({ clock }),
    clock,
    random: seededRandom(1),
  });
  const seen = {
    differences: [] as AccountDifference[],
    gaps: [] as FillGap[],
    refused: [] as Array<[string, string]>,
    errors: [] as string[],
  };
  const booker = new FillBooker({
    stream,
    holdings,
    repository,
    clock,
    random: seededRandom(1),
    onDifferences: (differences) => void seen.differences.push(...differences),
    onGap: (gap) => void seen.gaps.push(gap),
    onRefused: ({ entry: refused }, { code }) => void seen.refused.push([refused.id, code]),
    onError: ({ code }) => void seen.errors.push(code),
    ...options,
  });
  const quantity = async (id: string) =>
    (await repository.load(id))!.position('A')?.quantity.toString() ?? '0';
  const run = async (ms = 60_000) => {
    booker.start();
    booker.start();
    await clock.advance(ms);
  };
  return { clock, repository, booker, seen, quantity, run };
}

describe('fills', () => {
  test('are booked into the portfolios of their accounts, each once', async () => {
    const stream = new Lists(
      [fill('f1'), fill('f2'), fill('g1', 'q', 5), fill('f1')],
      [fill('f2'), fill('f3')],
    );
    const { booker, quantity, run } = await world(stream);
    await run();
    await booker.finished();
    expect([await quantity('p'), await quantity('q')]).toEqual(['3', '5']);
    expect(booker.stats()).toMatchObject({ fills: 6, booked: 4, alreadyBooked: 1, refused: 0, ignored: 0 });
  });

  test('of a list are stored before the next list is asked for', async () => {
    const stream = new Lists([fill('f1')], [fill('f2')]);
    const { repository, run, booker } = await world(stream);
    const processed: number[] = [];
    repository.scripts.save = (proceed) => {
      processed.push(stream.processed);
      return proceed();
    };
    await run();
    await booker.finished();
    expect(processed).toEqual([0, 1]);
  });

  test('go to the portfolio that is given for the account; those of other accounts are ignored and counted', async () => {
    const stream = new Lists([
      fill('f1', 'U1'),
      fill('f2', 'U2'),
      { type: 'snapshot', account: 'U2', at: 1, positions: {} },
    ]);
    const { booker, quantity, run } = await world(stream, {
      portfolioOf: (account) => (account === 'U1' ? 'q' : null),
    });
    await run();
    expect([await quantity('p'), await quantity('q'), booker.stats().ignored]).toEqual(['0', '1', 2]);
  });

  test('are not lost while the store fails', async () => {
    const stream = new Lists([fill('f1')], [fill('f2')]);
    const { booker, repository, quantity, run, seen } = await world(stream);
    let failures = 5;
    repository.scripts.save = (proceed) => {
      if (failures-- > 0) throw new RepositoryError('the store is down');
      return proceed();
    };
    await run();
    expect([await quantity('p'), seen.errors, seen.refused]).toEqual(['2', ['REPOSITORY_FAILED'], []]);
    expect(booker.stats().retries).toBe(5);
  });

  test('are not lost when the stream fails, unless it fails for good', async () => {
    const stream = new Lists([fill('f1')]);
    stream.failures = [new Error('broken'), new TickmarkError('STREAM_FAILED', 'down', { retryable: true })];
    const { booker, quantity, run, seen } = await world(stream);
    await run();
    expect([await quantity('p'), seen.errors]).toEqual(['1', ['STREAM_FAILED', 'STREAM_FAILED']]);
    await booker.finished();
    const refused = new Lists([fill('f1')]);
    refused.failures = [new TickmarkError('UNAUTHORIZED', 'no')];
    const other = await world(refused);
    await other.run();
    await other.booker.finished();
    expect([await other.quantity('p'), other.seen.errors]).toEqual(['0', ['UNAUTHORIZED']]);
  });
});

describe('a fill that cannot be booked', () => {
  const split: Fill = {
    type: 'fill',
    account: 'p',
    entry: { id: 's', at: 3, type: 'split', symbol: 'B', from: 1, to: 2 },
  };
  const bought: Fill = {
    type: 'fill',
    account: 'p',
    entry: { id: 'b', at: 2, type: 'buy', symbol: 'B', quantity: 2, price: 1 },
  };

  test('is reported once, and the others are booked', async () => {
    const bad = { ...fill('bad'), entry: entry('bad', 0) };
    const stream = new Lists([fill('f1'), bad, fill('f2'), fill('x', 'nobody')], [fill('f3')], [bad]);
    const { booker, quantity, run, seen } = await world(stream);
    await run();
    expect(await quantity('p')).toBe('3');
    expect(seen.refused.sort()).toEqual([
      ['bad', 'INVALID_ARGUMENT'],
      ['x', 'PORTFOLIO_NOT_FOUND'],
    ]);
    expect(booker.stats()).toMatchObject({ booked: 3, refused: 2, dropped: 0 });
  });

  test('is booked once what it needs has come, in the same list or later', async () => {
    const { booker, repository, run, seen } = await world(new Lists([split, bought], [fill('f1')]));
    await run();
    expect((await repository.load('p'))!.position('B')!.quantity.toString()).toBe('4');
    expect([seen.refused, booker.stats().refused]).toEqual([[], 0]);
    const later = await world(new Lists([split], [fill('f1')], [bought]));
    await later.run();
    expect((await later.repository.load('p'))!.position('B')!.quantity.toString()).toBe('4');
    expect([later.seen.refused, later.booker.stats()]).toMatchObject([
      [['s', 'INVALID_ARGUMENT']],
      { refused: 0, booked: 3 },
    ]);
  });

  test('is handed to the next booker, which tries it first', async () => {
    const first = await world(new Lists([split]));
    await first.run();
    await first.booker.close();
    expect(first.booker.refusedFills()).toEqual([split]);
    const second = await world(new Lists([bought]), { refused: first.booker.refusedFills() });
    await second.run();
    expect((await second.repository.load('p'))!.position('B')!.quantity.toString()).toBe('4');
    expect(second.booker.refusedFills()).toEqual([]);
  });

  test('with the id of another one is refused with ENTRY_CONFLICT', async () => {
    const { run, seen, quantity } = await world(new Lists([fill('f1')], [fill('f1', 'p', 7)]));
    await run();
    expect([await quantity('p'), seen.refused]).toEqual(['1', [['f1', 'ENTRY_CONFLICT']]]);
  });

  test('is given up for newer ones beyond maxRefused', async () => {
    const bad = ['b1', 'b2', 'b3'].map((id) => ({ ...fill(id), entry: entry(id, 0) }));
    const { booker, run } = await world(new Lists(bad), { maxRefused: 2 });
    await run();
    expect(booker.stats()).toMatchObject({ refused: 2, dropped: 1 });
  });
});

describe('snapshots and gaps', () => {
  test('show differences with both numbers, and book nothing', async () => {
    const stream = new Lists([
      fill('f1', 'p', 10),
      { type: 'snapshot', account: 'p', at: 7, positions: { A: '10.0' }, cash: { USD: -20 } },
      { type: 'snapshot', account: 'p', at: 8, positions: { A: 11, B: -3 }, cash: { USD: '-20.5', EUR: 0 } },
      { type: 'snapshot', account: 'p', at: 9, positions: {} },
    ]);
    const { booker, quantity, run, seen } = await world(stream);
    await run();
    expect(
      seen.differences.map((each) => ({
        ...each,
        booked: String(each.booked),
        reported: String(each.reported),
      })),
    ).toEqual([
      { account: 'p', portfolioId: 'p', at: 8, symbol: 'A', currency: null, booked: '10', reported: '11' },
      { account: 'p', portfolioId: 'p', at: 8, symbol: 'B', currency: null, booked: '0', reported: '-3' },
      {
        account: 'p',
        portfolioId: 'p',
        at: 8,
        symbol: null,
        currency: 'USD',
        booked: '-20',
        reported: '-20.5',
      },
      { account: 'p', portfolioId: 'p', at: 9, symbol: 'A', currency: null, booked: '10', reported: '0' },
    ]);
    expect(await quantity('p')).toBe('10');
    expect(booker.stats()).toMatchObject({ snapshots: 3, differences: 4 });
  });

  test('are dealt with in their place among the fills', async () => {
    const gap: FillGap = { type: 'gap', account: null, from: 1, to: 2, reason: 'disconnect' };
    const snapshot = { type: 'snapshot', account: 'p', at: 1, positions: { A: 1 } } as const;
    const { run, seen, booker } = await world(new Lists([fill('f1'), snapshot, gap, fill('f2'), snapshot]));
    await run();
    expect(seen.gaps).toEqual([gap]);
    expect(seen.differences).toHaveLength(1);
    expect(booker.stats()).toMatchObject({ gaps: 1, snapshots: 2, booked: 2 });
  });

  test('that cannot be read are reported, and the work goes on', async () => {
    const stream = new Lists(
      [{ type: 'snapshot', account: 'p', at: 1, positions: { A: 'many' } }],
      [{ type: 'order' } as unknown as FillMessage],
      [fill('f1')],
    );
    const { run, seen, quantity } = await world(stream);
    await run();
    expect([seen.errors, await quantity('p')]).toEqual([['INVALID_DECIMAL', 'INVALID_ARGUMENT'], '1']);
  });

  test('reach receivers that fail, and the work goes on', async () => {
    const fail = () => {
      throw new Error('receiver');
    };
    const stream = new Lists(
      [
        { type: 'gap', account: null, from: 1, to: 2, reason: 'x' },
        { type: 'snapshot', account: 'p', at: 1, positions: { A: 9 } },
      ],
      [{ ...fill('bad'), entry: entry('bad', 0) }, fill('f1')],
    );
    const { run, quantity } = await world(stream, { onGap: fail, onDifferences: fail, onRefused: fail });
    await run();
    expect(await quantity('p')).toBe('1');
  });
});

describe('close()', () => {
  test('settles when what is being booked is stored, and leaves no timer', async () => {
    const { booker, clock, repository, run, quantity } = await world(new Lists([fill('f1')], [fill('f2')]));
    let release: () => void = () => undefined;
    repository.scripts.save = async (proceed) => {
      await new Promise<void>((resolve) => (release = resolve));
      return proceed();
    };
    await run(1);
    let isClosed = false;
    const closed = booker.close().then(() => (isClosed = true));
    await clock.advance(10);
    expect(isClosed).toBe(false);
    release();
    await clock.advance(10);
    await closed;
    expect([await quantity('p'), clock.pending]).toEqual(['1', 0]);
  });

  test('ends retries; what was not stored is not processed', async () => {
    const stream = new Lists([fill('f1')]);
    const { booker, clock, repository, run } = await world(stream);
    repository.scripts.save = () => {
      throw new RepositoryError('the store is down');
    };
    await run(1000);
    await booker.close();
    await booker.close();
    expect([stream.processed, clock.pending]).toEqual([0, 0]);
    booker.start();
    await clock.advance(1000);
    expect(stream.processed).toBe(0);
  });
});

test.each(['concurrency', 'maxRefused'])('a %s below 1 is refused', async (name) => {
  for (const value of [0, 1.5, NaN])
    expect(
      caught(
        () => new FillBooker({ stream: new Lists(), holdings: null!, repository: null!, [name]: value }),
      ),
    ).toMatchObject({ code: 'INVALID_ARGUMENT' });
});
