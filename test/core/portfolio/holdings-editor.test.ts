import { describe, expect, test } from 'vitest';
import { sleep } from '../../../src/core/clock.js';
import { ConcurrencyError, RepositoryError, type TickmarkError } from '../../../src/core/errors.js';
import {
  HOLDINGS_CHANGED,
  type HoldingsChangedEvent,
} from '../../../src/core/portfolio/holdings-changed-event.js';
import { HoldingsEditor, type HoldingsEditorOptions } from '../../../src/core/portfolio/holdings-editor.js';
import { seededRandom } from '../../../src/core/random.js';
import { InMemoryLock } from '../../../src/memory/in-memory-lock.js';
import { FakeClock } from '../../../src/conformance/fake-clock.js';
import { portfolio } from '../engine/engine-world.js';
import { ScriptedBus, ScriptedRepository, down, hanging, throwing } from '../engine/scripted-parts.js';

async function editorOn(options: Partial<HoldingsEditorOptions> = {}) {
  const clock = new FakeClock();
  const repository = new ScriptedRepository();
  const bus = new ScriptedBus({ clock });
  const news: HoldingsChangedEvent[] = [];
  const errors: TickmarkError[] = [];
  bus.subscribe(HOLDINGS_CHANGED, (event) => void news.push(event));
  await repository.save(portfolio('p', { A: 1 }));
  const onError = (error: TickmarkError) => void errors.push(error);
  const editor = new HoldingsEditor({ repository, bus, clock, random: seededRandom(1), onError, ...options });
  const run = async <Result>(work: Promise<Result>): Promise<Result> => {
    work.catch(() => undefined);
    await clock.advance(60_000);
    return work;
  };
  /** From now on someone else is faster, so many times. */
  const outrun = (times: number) => {
    let left = times;
    repository.scripts.save = async (proceed) => {
      if (left-- > 0) {
        const { save } = repository.scripts;
        repository.scripts.save = undefined;
        await repository.save((await repository.load('p'))!.buy('A', 1, 1));
        repository.scripts.save = save;
      }
      return proceed();
    };
  };
  return { clock, repository, bus, news, errors, editor, run, outrun };
}

const buy = (quantity: number) => (held: ReturnType<typeof portfolio>) => held.buy('A', quantity, 1);

describe('a change of holdings', () => {
  test('is stored with the next version, then published', async () => {
    const { editor, news, repository, run } = await editorOn();
    const saved = await run(editor.update('p', buy(2)));
    expect(saved.version).toBe(2);
    expect((await repository.load('p'))!.position('A')!.quantity.toString()).toBe('3');
    expect(news).toMatchObject([{ portfolioId: 'p', version: 2, change: 'saved', id: 'p@2:saved' }]);
    await run(editor.create(portfolio('q')));
    await run(editor.delete('q', 1));
    expect(news.slice(1)).toMatchObject([
      { portfolioId: 'q', version: 1, change: 'saved' },
      { portfolioId: 'q', version: 1, change: 'deleted' },
    ]);
  });

  test('that leaves them as they are is neither stored nor published', async () => {
    const { editor, news, repository, run } = await editorOn();
    const same = await run(editor.update('p', (held) => held));
    expect([same.version, (await repository.load('p'))!.version, news]).toEqual([1, 1, []]);
  });

  test('that meets a version conflict is repeated on freshly loaded holdings', async () => {
    const { editor, repository, outrun, run, news } = await editorOn();
    outrun(3);
    let seen = 0;
    const saved = await run(
      editor.update('p', (held) => {
        expect(held.version).toBe(++seen);
        return held.buy('A', 10, 1);
      }),
    );
    expect(seen).toBe(4);
    expect(saved).toMatchObject({ version: 5 });
    expect((await repository.load('p'))!.position('A')!.quantity.toString()).toBe('14');
    expect(editor.conflicts).toBe(3);
    expect(news).toHaveLength(1);
  });

  test('that conflicts each time is rejected with VERSION_CONFLICT after maxAttempts', async () => {
    const { editor, outrun, run, news } = await editorOn({ maxAttempts: 4 });
    outrun(Infinity);
    let tries = 0;
    const work = editor.update('p', (held) => {
      tries++;
      return held.buy('A', 1, 1);
    });
    await expect(run(work)).rejects.toMatchObject({ code: 'VERSION_CONFLICT', portfolioId: 'p' });
    expect(tries).toBe(4);
    expect(editor.conflicts).toBe(3);
    expect(news).toEqual([]);
  });

  test('is never lost among 64 concurrent ones', async () => {
    const { clock, editor, repository, run } = await editorOn({ maxAttempts: 1000 });
    repository.scripts.load = async (proceed) => {
      const held = await proceed();
      await sleep(clock, 1);
      return held;
    };
    const saved = await run(Promise.all(Array.from({ length: 64 }, () => editor.update('p', buy(1)))));
    expect(saved.map(({ version }) => version).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 64 }, (_, at) => at + 2),
    );
    const held = run(repository.load('p'));
    expect((await held)!.position('A')!.quantity.toString()).toBe('65');
  });

  test('that fails stores and publishes nothing: no such portfolio, a change that throws, a repository that rejects it', async () => {
    const { editor, repository, news, run } = await editorOn();
    await expect(run(editor.update('x', buy(1)))).rejects.toMatchObject({ code: 'PORTFOLIO_NOT_FOUND' });
    await expect(
      run(
        editor.update('p', () => {
          throw new RangeError('mine');
        }),
      ),
    ).rejects.toThrow(RangeError);
    repository.scripts.save = down;
    await expect(run(editor.update('p', buy(1)))).rejects.toThrow('down');
    await expect(run(editor.create(portfolio('q')))).rejects.toThrow('down');
    repository.scripts.delete = down;
    await expect(run(editor.delete('p', 1))).rejects.toThrow('down');
    expect(news).toEqual([]);
    expect(repository.counts.save).toBe(3);
  });

  test('is rejected when the id exists already or the version is not the stored one', async () => {
    const { editor, run, news } = await editorOn();
    await expect(run(editor.create(portfolio('p')))).rejects.toMatchObject({ code: 'VERSION_CONFLICT' });
    await expect(run(editor.delete('p', 7))).rejects.toMatchObject({ code: 'VERSION_CONFLICT' });
    expect(news).toEqual([]);
  });
});

describe('the event bus', () => {
  test.each([
    ['rejects', down],
    ['throws', throwing],
    ['never answers', hanging],
  ])('that %s is reported, and the change stays', async (_, script) => {
    const { clock, editor, bus, repository, errors, run } = await editorOn();
    bus.scripts.set(HOLDINGS_CHANGED, script);
    expect(await run(editor.update('p', buy(1)))).toMatchObject({ version: 2 });
    expect(await run(editor.create(portfolio('q')))).toMatchObject({ version: 1 });
    await run(editor.delete('q', 1));
    expect((await repository.load('p'))!.version).toBe(2);
    expect(errors.map(({ code, retryable }) => [code, retryable])).toEqual(
      Array(3).fill(['BUS_FAILED', true]),
    );
    expect(clock.pending).toBe(0);
  });

  test('that fails while onError throws does not undo the change either', async () => {
    const { editor, bus, run } = await editorOn({
      onError: () => {
        throw new Error('reporter');
      },
    });
    bus.scripts.set(HOLDINGS_CHANGED, down);
    expect(await run(editor.update('p', buy(1)))).toMatchObject({ version: 2 });
  });
});

describe('an abort signal', () => {
  test('that has fired before keeps the portfolio from being loaded', async () => {
    const { editor, repository } = await editorOn();
    const work = editor.update('p', buy(1), { signal: AbortSignal.abort('no') });
    await expect(work).rejects.toMatchObject({ code: 'ABORTED', cause: 'no' });
    expect(repository.counts.load).toBeUndefined();
  });

  test('that fires between two attempts rejects with ABORTED and leaves no timer', async () => {
    const { clock, editor, outrun } = await editorOn({ random: () => 1 });
    outrun(Infinity);
    const abort = new AbortController();
    const work = editor.update('p', buy(1), { signal: abort.signal });
    work.catch(() => undefined);
    await clock.settle();
    expect(clock.pending).toBe(1);
    abort.abort();
    await expect(work).rejects.toMatchObject({ code: 'ABORTED' });
    expect(clock.pending).toBe(0);
  });
});

test.each([0, -1, NaN])('maxAttempts %d is rejected with INVALID_ARGUMENT', async (maxAttempts) => {
  await expect(editorOn({ maxAttempts })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
});

describe('a lock', () => {
  test('avoids conflicts between concurrent changes', async () => {
    const { editor, repository, run, clock } = await editorOn();
    const locked = new HoldingsEditor({
      repository,
      bus: new ScriptedBus({ clock }),
      clock,
      lock: new InMemoryLock({ clock }),
    });
    await run(Promise.all(Array.from({ length: 60 }, () => locked.update('p', buy(1)))));
    expect(locked.conflicts).toBe(0);
    expect((await repository.load('p'))!.position('A')!.quantity.toNumber()).toBe(61);
    expect(editor.conflicts).toBe(0);
    expect(clock.pending).toBe(0);
  });

  test('that fails is reported, and the change is made without the lock', async () => {
    const lock = new InMemoryLock();
    await lock.close();
    const { editor, errors, run } = await editorOn({ lock });
    expect(await run(editor.update('p', buy(1)))).toMatchObject({ version: 2 });
    expect(errors.map(({ code }) => code)).toEqual(['LOCK_FAILED']);
  });
});

describe('booking entries', () => {
  const fill = (id: string, quantity = 2) =>
    ({ id, at: 1, type: 'buy', symbol: 'A', quantity, price: 1 }) as const;
  const quantity = (held: Awaited<ReturnType<HoldingsEditor['book']>>['portfolio']) =>
    held.position('A')!.quantity.toString();

  test('reports those that are in the ledger already, which change nothing', async () => {
    const { editor, news, run } = await editorOn();
    const first = await run(editor.book('p', [fill('f1'), fill('f1')]));
    expect([first.booked, first.alreadyBooked, quantity(first.portfolio)]).toEqual([['f1'], [], '3']);
    const second = await run(editor.book('p', [fill('f1'), fill('f2')]));
    expect([second.booked, second.alreadyBooked, quantity(second.portfolio)]).toEqual([['f2'], ['f1'], '5']);
    const third = await run(editor.book('p', [fill('f2')]));
    expect([third.booked, third.alreadyBooked, third.portfolio.version]).toEqual([[], ['f2'], 3]);
    expect(news).toHaveLength(2);
  });

  test('reports as already booked what another process booked in the meantime', async () => {
    const { editor, repository, run } = await editorOn();
    repository.scripts.save = async () => {
      repository.scripts.save = undefined;
      await repository.save((await repository.load('p'))!.apply(fill('f1')));
      throw new ConcurrencyError('p', 1, 2);
    };
    const { booked, alreadyBooked, portfolio: held } = await run(editor.book('p', [fill('f1'), fill('f2')]));
    expect([booked, alreadyBooked, quantity(held), held.version]).toEqual([['f2'], ['f1'], '5', 3]);
  });

  test('again, after an answer was lost, books nothing twice', async () => {
    const { editor, repository, run } = await editorOn();
    repository.scripts.save = async (proceed) => {
      repository.scripts.save = undefined;
      await proceed();
      throw new RepositoryError('the connection broke', { retryable: true });
    };
    await expect(run(editor.book('p', [fill('f1')]))).rejects.toMatchObject({ code: 'REPOSITORY_FAILED' });
    const { alreadyBooked, portfolio: held } = await run(editor.book('p', [fill('f1')]));
    expect([alreadyBooked, quantity(held)]).toEqual([['f1'], '3']);
  });

  test('loads a portfolio once, and again only when others have changed it', async () => {
    const { editor, repository, run } = await editorOn();
    let loads = 0;
    repository.scripts.load = (proceed) => {
      loads++;
      return proceed();
    };
    for (const id of ['f1', 'f2', 'f3']) await run(editor.book('p', [fill(id)]));
    expect(loads).toBe(1);
    await repository.save((await repository.load('p'))!.apply(fill('elsewhere')));
    loads = 0;
    const { portfolio: held, booked } = await run(editor.book('p', [fill('f4')]));
    expect([quantity(held), booked, held.version, loads]).toEqual(['11', ['f4'], 6, 1]);
    expect(editor.conflicts).toBe(0);
  });

  test('judges by what is stored what old holdings would refuse', async () => {
    const { editor, repository, run } = await editorOn();
    await run(editor.book('p', [fill('f1')]));
    await repository.save((await repository.load('p'))!.apply({ ...fill('b1'), symbol: 'B' }));
    const split = { id: 's', at: 2, type: 'split', symbol: 'B', from: 1, to: 2 } as const;
    const { portfolio: held } = await run(editor.book('p', [split]));
    expect(held.position('B')!.quantity.toString()).toBe('4');
    await editor.delete('p', held.version);
    await expect(run(editor.book('p', [fill('f2')]))).rejects.toMatchObject({ code: 'PORTFOLIO_NOT_FOUND' });
  });

  test('keeps no more portfolios than it is told', async () => {
    const { editor, repository, run } = await editorOn({ keptPortfolios: 1 });
    await repository.save(portfolio('q'));
    let loads = 0;
    repository.scripts.load = (proceed) => {
      loads++;
      return proceed();
    };
    for (const [id, number] of [
      ['p', 1],
      ['p', 2],
      ['q', 3],
      ['q', 4],
      ['p', 5],
    ] as const)
      await run(editor.book(id, [fill(`f${number}`)]));
    expect(loads).toBe(3);
    for (const keptPortfolios of [-1, 1.5])
      await expect(editorOn({ keptPortfolios })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  test('of which one is bad books none', async () => {
    const { editor, repository, run } = await editorOn();
    await expect(run(editor.book('p', [fill('f1'), fill('f2', 0)]))).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
    expect(quantity((await repository.load('p'))!)).toBe('1');
  });
});

describe('booking entries into several portfolios', () => {
  const paid = (id: string, amount = 5) => ({ id, at: 1, type: 'deposit', amount, currency: 'USD' }) as const;
  async function many(options: Partial<HoldingsEditorOptions> = {}) {
    const all = await editorOn(options);
    for (const id of ['q', 'r']) await all.repository.save(portfolio(id));
    const calls = { load: 0, loadMany: 0, save: 0, saveMany: 0 };
    for (const name of ['load', 'loadMany', 'save', 'saveMany'] as const) {
      const method = all.repository[name].bind(all.repository) as (...args: never[]) => Promise<never>;
      all.repository[name] = ((...args: never[]) => (calls[name]++, method(...args))) as never;
    }
    return { ...all, calls };
  }
  const bookings = (...ids: readonly string[]) =>
    ids.map((id) => ({ portfolioId: id, entries: [paid(`${id}1`), paid(`${id}1`)] }));

  test('needs one load and one save, and afterwards one save', async () => {
    const { editor, calls, news, run } = await many();
    const outcomes = await run(editor.bookMany(bookings('p', 'q', 'r')));
    expect(outcomes).toMatchObject(
      ['p', 'q', 'r'].map((id) => ({
        outcome: 'booked',
        booked: [`${id}1`],
        alreadyBooked: [],
        portfolio: { id, version: 2 },
      })),
    );
    expect(calls).toEqual({ load: 0, loadMany: 1, save: 0, saveMany: 1 });
    expect(news.map(({ portfolioId }) => portfolioId).sort()).toEqual(['p', 'q', 'r']);
    const more = [
      { portfolioId: 'p', entries: [paid('p1'), paid('p2')] },
      { portfolioId: 'q', entries: [paid('q1')] },
    ];
    expect(await run(editor.bookMany(more))).toMatchObject([
      { booked: ['p2'], alreadyBooked: ['p1'], portfolio: { version: 3 } },
      { booked: [], alreadyBooked: ['q1'], portfolio: { version: 2 } },
    ]);
    expect(calls).toEqual({ load: 0, loadMany: 1, save: 0, saveMany: 2 });
    expect(news).toHaveLength(4);
  });

  test('tells each outcome for itself', async () => {
    const { editor, repository, run } = await many();
    await run(editor.bookMany(bookings('q')));
    // Someone else is faster; what is kept is old.
    await repository.save((await repository.load('q'))!.apply(paid('elsewhere')));
    const bad = { portfolioId: 'r', entries: [paid('r1'), paid('r2', -1)] };
    const other = { portfolioId: 'q', entries: [paid('q2')] };
    expect(await run(editor.bookMany([...bookings('p', 'nobody'), other, bad]))).toMatchObject([
      { outcome: 'booked', booked: ['p1'] },
      { outcome: 'failed', error: { code: 'PORTFOLIO_NOT_FOUND' } },
      { outcome: 'booked', booked: ['q2'], portfolio: { version: 4 } },
      { outcome: 'failed', error: { code: 'INVALID_ARGUMENT' } },
    ]);
    expect((await repository.load('r'))!.version).toBe(1);
  });

  test('refuses a portfolio that comes twice, and books nothing', async () => {
    const { editor, repository, run } = await many();
    await expect(run(editor.bookMany(bookings('p', 'q', 'p')))).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
    expect((await repository.load('p'))!.version).toBe(1);
  });

  test('takes the lock of each, where there is one', async () => {
    const { editor, calls, run } = await many({ lock: new InMemoryLock() });
    expect(await run(editor.bookMany(bookings('p', 'q')))).toMatchObject([
      { booked: ['p1'] },
      { booked: ['q1'] },
    ]);
    expect(calls).toMatchObject({ loadMany: 0, saveMany: 0 });
  });

  test('fails for all while the store fails', async () => {
    const { editor, repository, run } = await many();
    const isDown = () => Promise.reject(new RepositoryError('down'));
    repository.loadMany = isDown;
    repository.load = isDown;
    expect(await run(editor.bookMany(bookings('p', 'q')))).toMatchObject(
      ['p', 'q'].map(() => ({ outcome: 'failed', error: { code: 'REPOSITORY_FAILED' } })),
    );
  });
});
