import { describe, expect, test } from 'vitest';
import { sleep } from '../../../src/core/clock.js';
import type { TickmarkError } from '../../../src/core/errors.js';
import type { Lock } from '../../../src/core/locking/lock.js';
import { HoldingsEditor } from '../../../src/core/portfolio/holdings-editor.js';
import type { ValuationOutcome, ValuationRecord } from '../../../src/core/portfolio/portfolio-repository.js';
import type { Portfolio } from '../../../src/core/portfolio/portfolio.js';
import { seededRandom } from '../../../src/core/random.js';
import type { PortfolioValuationServiceOptions } from '../../../src/core/revaluation/portfolio-valuation-service-options.js';
import { PortfolioValuationService } from '../../../src/core/revaluation/portfolio-valuation-service.js';
import { FakeClock } from '../../../src/conformance/fake-clock.js';
import { InMemoryEventBus } from '../../../src/memory/in-memory-event-bus.js';
import { InMemoryLock } from '../../../src/memory/in-memory-lock.js';
import { START, figures, portfolio, price, recomputed } from '../engine/engine-world.js';
import { ScriptedRepository, down, hanging, lockOf } from '../engine/scripted-parts.js';

const prices = (value: number, id?: string, at = START) => ({ id, updates: [price('A', value, at)] });

async function serviceOn(
  portfolios: readonly Portfolio[],
  options: Partial<PortfolioValuationServiceOptions> = {},
) {
  const clock = new FakeClock({ now: START });
  const repository = new ScriptedRepository();
  const errors: TickmarkError[] = [];
  for (const each of portfolios) await repository.save(each);
  const service = new PortfolioValuationService({
    repository,
    clock,
    random: seededRandom(3),
    onError: (error) => void errors.push(error),
    ...options,
  });
  const editor = new HoldingsEditor({
    repository,
    bus: new InMemoryEventBus({ clock }),
    clock,
    random: () => 0,
  });
  const stored = async (id: string) => (await repository.loadValuations([id]))[0];
  /** Lets the clock run until the work has settled. */
  const run = async <Result>(work: Promise<Result>): Promise<Result> => {
    work.catch(() => undefined);
    await clock.advance(20_000);
    return work;
  };
  return { clock, repository, service, editor, errors, stored, run };
}

describe('revaluing one portfolio', () => {
  test('loads, values and saves it', async () => {
    const { service, stored, run } = await serviceOn([portfolio('p', { A: 3 })]);
    const result = await run(service.revaluatePortfolio('p', prices(7)));
    expect(result).toMatchObject({ portfolioId: 'p', outcome: 'saved', attempts: 1 });
    expect(result.valuation.marketValue!.toString()).toBe('21.00');
    expect((await stored('p'))!.marketValue!.toString()).toBe('21.00');
  });

  test('leaves a position unpriced if the price policy throws, and reports that, even if onError throws', async () => {
    const told: string[] = [];
    const { service, run } = await serviceOn([portfolio('p', { A: 3 })], {
      policy: {
        name: 'own',
        choose: () => {
          throw new Error('policy');
        },
      },
      onError: ({ code }) => {
        told.push(code);
        throw new Error('listener');
      },
    });
    const { outcome, valuation } = await run(service.revaluatePortfolio('p', prices(7)));
    expect([outcome, valuation.marketValue, valuation.unpriced]).toEqual(['saved', null, ['A']]);
    expect(new Set(told)).toEqual(new Set(['HANDLER_FAILED']));
  });

  test('only computes with save: false, without a lock and without a save', async () => {
    const lock = lockOf(() => Promise.reject(new Error('must not be asked')));
    const { service, stored, run, errors } = await serviceOn([portfolio('p', { A: 3 })], { lock });
    for (let i = 0; i < 2; i++) {
      const result = await run(service.revaluatePortfolio('p', prices(7, 'b'), { save: false }));
      expect(result).toMatchObject({ outcome: 'computed', attempts: 1 });
    }
    expect(await stored('p')).toBeUndefined();
    expect(errors).toEqual([]);
    expect(await run(service.revaluatePortfolio('p', prices(7, 'b')))).toMatchObject({ outcome: 'saved' });
    const computed = await run(service.revaluatePortfolio('p', prices(7, 'b'), { save: false }));
    expect(computed).toMatchObject({ outcome: 'computed' });
  });

  test('does nothing for the same batch and holdings, and computes for another batch or other holdings', async () => {
    const { service, repository, editor, run } = await serviceOn([portfolio('p', { A: 3 })]);
    const first = await run(service.revaluatePortfolio('p', prices(7, 'b1')));
    const again = await run(service.revaluatePortfolio('p', prices(7, 'b1')));
    expect(again).toMatchObject({ outcome: 'repeated', attempts: 0 });
    expect(again.valuation).toBe(first.valuation);
    expect(repository.counts.saveValuations).toBe(1);
    expect(await run(service.revaluatePortfolio('p', prices(7)))).toMatchObject({ outcome: 'outdated' });
    await editor.update('p', (held) => held.buy('A', 1, 1));
    const traded = await run(service.revaluatePortfolio('p', prices(7, 'b1')));
    expect(traded).toMatchObject({ outcome: 'saved', valuation: { version: 2 } });
    expect(await run(service.revaluatePortfolio('p', prices(8, 'b2', START + 1)))).toMatchObject({
      outcome: 'saved',
    });
    expect(service.stats()).toEqual({
      succeeded: 5,
      failed: 0,
      conflicts: 0,
      retries: 0,
      outdated: 1,
      repeated: 1,
    });
  });

  test('keeps a stored value with newer prices', async () => {
    const { service, stored, run } = await serviceOn([portfolio('p', { A: 1 })]);
    await run(service.revaluatePortfolio('p', prices(8, 'new', START + 1)));
    expect(await run(service.revaluatePortfolio('p', prices(7, 'old', START)))).toMatchObject({
      outcome: 'outdated',
    });
    expect((await stored('p'))!.marketValue!.toString()).toBe('8.00');
  });

  test('computes again after a trade between load and save, and the trade is kept', async () => {
    const { service, repository, editor, stored, run } = await serviceOn([portfolio('p', { A: 1 })]);
    let trades = 0;
    repository.scripts.saveValuations = async (proceed) => {
      if (trades++ < 3) await editor.update('p', (held) => held.buy('A', 1, 1));
      return proceed();
    };
    const result = await run(service.revaluatePortfolio('p', prices(5)));
    expect(result).toMatchObject({ outcome: 'saved', attempts: 4, valuation: { version: 4 } });
    expect((await stored('p'))!.marketValue!.toString()).toBe('20.00');
    expect((await repository.load('p'))!.position('A')!.quantity.toString()).toBe('4');
    expect(service.stats()).toMatchObject({ succeeded: 1, conflicts: 3, retries: 3, failed: 0 });
  });

  test('rejects with VERSION_CONFLICT after maxAttempts when there is a trade each time', async () => {
    const { service, repository, editor, run } = await serviceOn([portfolio('p', { A: 1 })], {
      maxAttempts: 3,
    });
    repository.scripts.saveValuations = async (proceed) => {
      await editor.update('p', (held) => held.buy('A', 1, 1));
      return proceed();
    };
    await expect(run(service.revaluatePortfolio('p', prices(5)))).rejects.toMatchObject({
      code: 'VERSION_CONFLICT',
    });
    expect(repository.counts.saveValuations).toBe(3);
    expect(service.stats()).toMatchObject({ succeeded: 0, failed: 1, conflicts: 3, retries: 2 });
  });

  test('distinguishes a portfolio that does not exist from one that was deleted in between', async () => {
    const { service, repository, editor, run } = await serviceOn([portfolio('p', { A: 1 })]);
    await expect(run(service.revaluatePortfolio('x', prices(5)))).rejects.toMatchObject({
      code: 'PORTFOLIO_NOT_FOUND',
    });
    repository.scripts.saveValuations = async (proceed) => {
      await editor.delete('p', 1);
      return proceed();
    };
    await expect(run(service.revaluatePortfolio('p', prices(5)))).rejects.toMatchObject({
      code: 'PORTFOLIO_DELETED',
    });
    expect(service.stats()).toMatchObject({ failed: 2, succeeded: 0 });
  });

  test('with an invalid price is rejected, counted and not saved', async () => {
    const { service, repository, run } = await serviceOn([portfolio('p', { A: 1 })]);
    for (const updates of [[price('A', NaN)], [price('', 1)], [price('A', 1, -1)]]) {
      await expect(run(service.revaluatePortfolio('p', { updates }))).rejects.toMatchObject({
        code: 'PRICE_REJECTED',
      });
      await expect(run(service.batchRevaluatePortfolios(['p', 'q'], { updates }))).rejects.toMatchObject({
        code: 'PRICE_REJECTED',
      });
    }
    expect(repository.counts).toEqual({ save: 1 });
    expect(service.stats()).toMatchObject({ failed: 9, succeeded: 0 });
  });

  test.each(['loadMany', 'saveValuations'] as const)(
    'rejects with REPOSITORY_FAILED and the cause when %s fails',
    async (call) => {
      const { service, repository, run } = await serviceOn([portfolio('p', { A: 1 })]);
      repository.scripts[call] = down;
      await expect(run(service.revaluatePortfolio('p', prices(5)))).rejects.toMatchObject({
        code: 'REPOSITORY_FAILED',
        cause: { message: 'the other side is down' },
      });
      expect(service.stats().failed).toBe(1);
    },
  );

  test('is not reported as computed when the repository returns no outcome', async () => {
    class Silent extends ScriptedRepository {
      override async saveValuations(_: readonly ValuationRecord[]): Promise<ValuationOutcome[]> {
        return [];
      }
    }
    const repository = new Silent();
    await repository.save(portfolio('p', { A: 1 }));
    const { service, run } = await serviceOn([], { repository });
    await expect(run(service.revaluatePortfolio('p', prices(5)))).rejects.toMatchObject({
      code: 'REPOSITORY_FAILED',
    });
  });

  test('rejects with ABORTED when aborted before its next attempt, and is counted', async () => {
    const { clock, service, repository, editor } = await serviceOn([portfolio('p', { A: 1 })], {
      random: () => 1,
    });
    repository.scripts.saveValuations = async (proceed) => {
      await editor.update('p', (held) => held.buy('A', 1, 1));
      return proceed();
    };
    const abort = new AbortController();
    const work = service.revaluatePortfolio('p', prices(5), { signal: abort.signal });
    work.catch(() => undefined);
    await clock.advance(3);
    abort.abort(new Error('enough'));
    await expect(work).rejects.toMatchObject({ code: 'ABORTED', cause: { message: 'enough' } });
    expect(service.stats()).toMatchObject({ failed: 1, conflicts: 1, retries: 0 });
    expect(clock.pending).toBe(0);
  });

  test('rejects with ABORTED when aborted before it begins or while it waits for the lock', async () => {
    const lock = new InMemoryLock();
    const { clock, service, repository, errors } = await serviceOn([portfolio('p', { A: 1 })], { lock });
    const taken = await lock.acquire('tickmark/portfolio/p');
    const abort = new AbortController();
    const work = service.revaluatePortfolio('p', prices(5), { signal: abort.signal });
    work.catch(() => undefined);
    await clock.settle();
    abort.abort();
    await expect(work).rejects.toMatchObject({ code: 'ABORTED' });
    await expect(service.revaluatePortfolio('p', prices(5), { signal: abort.signal })).rejects.toMatchObject({
      code: 'ABORTED',
    });
    expect(repository.counts.loadMany).toBeUndefined();
    expect(service.stats().failed).toBe(2);
    expect(errors).toEqual([]);
    await taken.release();
    await lock.close();
    expect(clock.pending).toBe(0);
  });

  const never = () => new Promise<never>(() => undefined);
  const released = (release: () => Promise<void>) =>
    lockOf(async (key) =>
      Object.assign(await new InMemoryLock({ clock: new FakeClock() }).acquire(key), { release }),
    );
  test.each([
    ['fails', lockOf(() => Promise.reject(new Error('down')))],
    ['never answers', lockOf(never)],
    ['cannot be given back', released(() => Promise.reject(new Error('gone')))],
    ['is never done with being given back', released(never)],
  ])('works with a lock that %s, also when onError throws', async (_, lock) => {
    const codes: string[] = [];
    const onError = ({ code }: TickmarkError) => {
      codes.push(code);
      throw new Error('reporter');
    };
    const { service, stored, run, clock } = await serviceOn([portfolio('p', { A: 1 })], { lock, onError });
    expect(await run(service.revaluatePortfolio('p', prices(5)))).toMatchObject({ outcome: 'saved' });
    expect(await stored('p')).toBeDefined();
    expect(codes).toEqual(['LOCK_FAILED']);
    expect(clock.pending).toBe(0);
  });
});

describe('64 concurrent revaluations of one portfolio', () => {
  const slow = (repository: ScriptedRepository, clock: FakeClock) => {
    const random = seededRandom(11);
    for (const call of ['load', 'loadMany', 'save', 'saveValuations'] as const)
      repository.scripts[call] = async (proceed) => {
        await sleep(clock, random() * 20);
        const result = await proceed();
        await sleep(clock, random() * 20);
        return result;
      };
  };
  const locks: Array<[string, (clock: FakeClock) => Lock | null]> = [
    ['no lock', () => null],
    ['a lock', (clock) => new InMemoryLock({ clock })],
    ['a lock that fails', () => lockOf(() => Promise.reject(new Error('down')))],
    ['a lock that never answers', () => lockOf(() => new Promise<never>(() => undefined))],
  ];

  test.each(locks)('with the same batch store one result (%s)', async (_, lockOn) => {
    const { clock, service: _unused, repository } = await serviceOn([portfolio('p', { A: 2 })]);
    slow(repository, clock);
    const service = new PortfolioValuationService({
      repository,
      clock,
      lock: lockOn(clock),
      random: seededRandom(1),
    });
    const work = Promise.all(
      Array.from({ length: 64 }, () => service.revaluatePortfolio('p', prices(5, 'b'))),
    );
    await clock.advance(60_000);
    const outcomes = (await work).map(({ outcome }) => outcome);
    expect(outcomes.filter((outcome) => outcome === 'saved')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === 'outdated' || outcome === 'repeated')).toHaveLength(63);
    expect(repository.stats().outcomes.saved).toBe(1);
    const { succeeded, failed, outdated, repeated } = service.stats();
    expect({ succeeded, failed, rest: outdated + repeated }).toEqual({ succeeded: 64, failed: 0, rest: 63 });
  });

  test.each(locks)(
    'with different batches, and trades between them, end with the newest price and all trades (%s)',
    async (_, lockOn) => {
      const { clock, repository, editor } = await serviceOn([portfolio('p', { A: 1 })]);
      slow(repository, clock);
      // One service for each process.
      const lock = lockOn(clock);
      const services = Array.from(
        { length: 8 },
        (_, at) =>
          new PortfolioValuationService({
            repository,
            clock,
            lock,
            maxAttempts: 1000,
            random: seededRandom(at + 1),
          }),
      );
      const accepted: number[] = [];
      const order = Array.from({ length: 64 }, (_, at) => (at * 37) % 64);
      const work: Array<Promise<{ outcome: string }>> = [];
      const trades: Array<Promise<unknown>> = [];
      for (const at of order) {
        work.push(services[at % 8]!.revaluatePortfolio('p', prices(100 + at, `b${at}`, START + at)));
        if (at % 4 === 0)
          trades.push(
            editor
              .update('p', (held) => held.buy('A', 1, 1))
              .then(
                ({ version }) => accepted.push(version),
                () => undefined,
              ),
          );
        await clock.advance(3);
      }
      await clock.advance(600_000);
      const results = await Promise.all(work);
      await Promise.all(trades);
      expect(results.every(({ outcome }) => ['saved', 'outdated', 'repeated'].includes(outcome))).toBe(true);
      const newest = Promise.all(
        services.map((each, at) => each.revaluatePortfolio('p', prices(163, `newest${at}`, START + 63))),
      );
      await clock.advance(600_000);
      await newest;

      repository.scripts.load = undefined;
      const held = (await repository.load('p'))!;
      expect(held.version).toBe(1 + accepted.length);
      expect(new Set(accepted).size).toBe(accepted.length);
      expect(held.position('A')!.quantity.toNumber()).toBe(1 + accepted.length);
      const [stored] = await repository.loadValuations(['p']);
      expect(figures(stored)).toEqual(figures(recomputed(held, [price('A', 163, START + 63)], { clock })));
      // At most one result of each version and batch, and never an older one after a newer one.
      const saved = repository.saved.map(({ version, priceTime }) => version * 1e13 + (priceTime - START));
      expect(saved.length).toBeGreaterThan(1);
      expect(saved).toEqual([...new Set(saved)].sort((x, y) => x - y));
      const counts = services.map((service) => service.stats());
      const total = (name: 'succeeded' | 'failed' | 'conflicts' | 'retries') =>
        counts.reduce((sum, each) => sum + each[name], 0);
      expect(total('succeeded')).toBe(72);
      expect(total('failed')).toBe(0);
      expect(total('conflicts')).toBe(total('retries'));
      expect(repository.stats().outcomes.conflict).toBe(total('conflicts'));
    },
  );

  test.each(locks)('with different batches and no trade store the newest (%s)', async (_, lockOn) => {
    const { clock, repository } = await serviceOn([portfolio('p', { A: 1 })]);
    slow(repository, clock);
    const service = new PortfolioValuationService({
      repository,
      clock,
      lock: lockOn(clock),
      random: seededRandom(2),
    });
    const order = Array.from({ length: 64 }, (_, at) => (at * 29) % 64);
    const work = Promise.all(
      order.map((at) => service.revaluatePortfolio('p', prices(100 + at, `b${at}`, START + at))),
    );
    await clock.advance(60_000);
    await work;
    const [stored] = await repository.loadValuations(['p']);
    expect(stored!.marketValue!.toString()).toBe('163.00');
    expect(service.stats()).toMatchObject({ succeeded: 64, failed: 0, conflicts: 0 });
  });
});

describe('revaluing many portfolios', () => {
  const ids = Array.from({ length: 25 }, (_, at) => `p${at}`);
  const portfolios = ids.map((id, at) => portfolio(id, { A: at + 1 }));

  test('loads and saves a set at a time, and reports progress after each', async () => {
    const { service, repository, run } = await serviceOn(portfolios, { setSize: 10 });
    const progress: string[] = [];
    const { results, failures } = await run(
      service.batchRevaluatePortfolios([...ids, 'p3', 'p4'], prices(2, 'b'), {
        onProgress: ({ done, total }) => void progress.push(`${done}/${total}`),
      }),
    );
    expect(results.map(({ portfolioId }) => portfolioId)).toEqual(ids);
    expect(failures).toEqual([]);
    expect(repository.offered.map(({ length }) => length)).toEqual([10, 10, 5]);
    expect(progress).toEqual(['10/25', '20/25', '25/25']);
    expect(service.stats()).toMatchObject({ succeeded: 25, failed: 0 });
  });

  test('reports failures one by one, without affecting the others', async () => {
    const { service, repository, editor, run } = await serviceOn(portfolios, { setSize: 10, maxAttempts: 2 });
    await editor.delete('p7', 1);
    let saves = 0;
    repository.scripts.saveValuations = async (proceed) => {
      if (++saves === 2) throw new Error('second set');
      await editor.update('p1', (held) => held.buy('A', 1, 1));
      return proceed();
    };
    const { results, failures } = await run(
      service.batchRevaluatePortfolios([...ids, 'nobody'], prices(2), {}),
    );
    const codes = new Map(failures.map(({ portfolioId, error }) => [portfolioId, error.code]));
    expect(codes.get('p7')).toBe('PORTFOLIO_NOT_FOUND');
    expect(codes.get('nobody')).toBe('PORTFOLIO_NOT_FOUND');
    expect(codes.get('p1')).toBe('VERSION_CONFLICT');
    expect(codes.get('p12')).toBe('REPOSITORY_FAILED');
    expect(failures).toHaveLength(13);
    expect(results).toHaveLength(13);
    expect(service.stats()).toMatchObject({ succeeded: 13, failed: 13, conflicts: 2, retries: 1 });
  });

  test('rejects with ABORTED once all work has ended', async () => {
    const { clock, service, repository } = await serviceOn(portfolios, { setSize: 5, concurrency: 2 });
    repository.scripts.saveValuations = async (proceed) => {
      await sleep(clock, 100);
      return proceed();
    };
    const abort = new AbortController();
    const work = service.batchRevaluatePortfolios(ids, prices(2), { signal: abort.signal });
    work.catch(() => undefined);
    await clock.advance(50);
    abort.abort();
    await clock.advance(200);
    await expect(work).rejects.toMatchObject({ code: 'ABORTED' });
    expect(repository.counts.saveValuations).toBe(2);
    expect(service.stats()).toMatchObject({ succeeded: 10, failed: 15 });
  });

  test('continues if onProgress throws', async () => {
    const { service, run } = await serviceOn(portfolios);
    const { results } = await run(
      service.batchRevaluatePortfolios(ids, prices(2), {
        onProgress: () => {
          throw new Error('progress');
        },
      }),
    );
    expect(results).toHaveLength(25);
  });

  test('returns no results for an empty list of ids', async () => {
    const { service, repository, run } = await serviceOn([]);
    repository.scripts.loadMany = hanging;
    expect(await run(service.batchRevaluatePortfolios([], prices(2)))).toEqual({ results: [], failures: [] });
  });
});

test.each([
  ['maxAttempts', 0],
  ['maxAttempts', NaN],
  ['setSize', 0],
  ['concurrency', 0.5],
])('%s %d is rejected', async (name, value) => {
  await expect(serviceOn([], { [name]: value })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
});
