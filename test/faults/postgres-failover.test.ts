import type { PortfolioRepository } from 'tickmark';
import { PostgresLock, PostgresPortfolioRepository, migrate } from 'tickmark/postgres';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { samplePortfolio } from '../../src/conformance/portfolio-repository/sample-data.js';
import { pgStore, postgresJsStore, type Store } from '../postgres/stores.js';
import { canStartPgBouncer, pgBouncer } from '../servers/pgbouncer.js';
import {
  canStartPostgres,
  privatePostgres,
  type PostgresServer,
  type PrivatePostgres,
} from '../servers/postgres.js';
import { tcpProxy, type TcpProxy } from '../servers/tcp-proxy.js';
import { sized } from '../sizes.js';
import { SLOW_TEST_MS, pause, until } from '../waiting.js';
import { inTurn } from './adapters.js';
import { printFigure } from './figures.js';

// A quiet machine needs less than 5 s, which the full size holds it to.
const BACK_WITHIN_MS = sized({ quick: 60_000, gate: 60_000, full: 5_000 });
const CONNECTIONS = 8;
const READ_ONLY = (value: 'on' | 'off') => `ALTER SYSTEM SET default_transaction_read_only = ${value}`;

// As docs/operations.md has it: by default postgres.js waits for up to 20 s where several connections broke at once.
const SOON_BACK = { fetch_types: false, backoff: () => 0.5 };

interface Opened {
  readonly store: Store;
  readonly end: () => Promise<void>;
}

const PATHS: Record<string, (front: PostgresServer) => Promise<Opened>> = {
  pg: async (front) => {
    const store = pgStore(front, { max: CONNECTIONS });
    return { store, end: () => store.end() };
  },
  'postgres.js': async (front) => {
    const store = postgresJsStore(front, { ...SOON_BACK, max: CONNECTIONS });
    return { store, end: () => store.end() };
  },
  ...(canStartPgBouncer() && {
    'pg behind PgBouncer': async (front) => {
      const bouncer = await pgBouncer(front, CONNECTIONS);
      const store = pgStore(bouncer, { max: CONNECTIONS });
      return {
        store,
        end: () =>
          inTurn(
            () => store.end(),
            () => bouncer.dispose(),
          ),
      };
    },
    'postgres.js behind PgBouncer': async (front) => {
      const bouncer = await pgBouncer(front, CONNECTIONS);
      const store = postgresJsStore(bouncer, { ...SOON_BACK, prepare: false, max: CONNECTIONS });
      return {
        store,
        end: () =>
          inTurn(
            () => store.end(),
            () => bouncer.dispose(),
          ),
      };
    },
  }),
};

/** Saves one portfolio again and again. */
class Writing {
  saved = 0;
  readonly failures: string[] = [];
  readonly #repository: PortfolioRepository;

  constructor(repository: PortfolioRepository) {
    this.#repository = repository;
  }

  /** Whether one save went through; a failure is noted. */
  async tries(): Promise<boolean> {
    try {
      await this.#repository.save((await this.#repository.load('p'))!.deposit(1));
      this.saved++;
      return true;
    } catch (error) {
      this.failures.push((error as Error).message);
      return false;
    }
  }

  /** Uses every connection of the pool at once. */
  async useAll(): Promise<void> {
    await Promise.all(Array.from({ length: CONNECTIONS * 2 }, () => this.#repository.load('p')));
  }

  /** How long it takes until a save goes through, in ms; after that, none fails any more. */
  async isBack(): Promise<number> {
    const tookMs = await until('a save goes through', () => this.tries(), {
      everyMs: 20,
      hungAfterMs: SLOW_TEST_MS / 4,
    });
    const before = this.failures.length;
    await this.useAll();
    for (let count = 0; count < CONNECTIONS * 2; count++) await this.tries();
    expect(this.failures.slice(before)).toEqual([]);
    expect(tookMs).toBeLessThanOrEqual(BACK_WITHIN_MS);
    return Math.round(tookMs);
  }
}

describe.skipIf(!canStartPostgres()).each(Object.keys(PATHS))('PostgreSQL through %s', (path) => {
  let primary: PrivatePostgres;
  let standby: PrivatePostgres | undefined;
  let front: TcpProxy;
  let opened: Opened;
  let writing: Writing;
  let repository: PostgresPortfolioRepository;
  let lock: PostgresLock;

  beforeEach(async () => {
    standby = undefined;
    primary = await privatePostgres();
    front = await tcpProxy(primary);
    const url = `postgres://postgres@${front.host}:${front.port}/test`;
    opened = await PATHS[path]!({ ...front, url });
    await migrate(opened.store.pool);
    repository = new PostgresPortfolioRepository(opened.store.pool);
    lock = new PostgresLock(opened.store.pool);
    await repository.save(samplePortfolio('p', { cash: { USD: 0 } }));
    writing = new Writing(repository);
    expect(await writing.tries()).toBe(true);
    await writing.useAll();
  });
  afterEach(async () => {
    await repository.close();
    await lock.close();
    await opened.end();
    await front.close();
    await standby?.dispose();
    await primary.dispose();
  });

  async function fence(): Promise<void> {
    await primary.tell(READ_ONLY('on'));
    await primary.tell('SELECT pg_reload_conf()');
    await until('it is read-only', async () => {
      const [[value]] = (await primary.tell('SHOW default_transaction_read_only')) as [[string]];
      return value === 'on';
    });
  }

  async function followed(): Promise<PrivatePostgres> {
    standby = await privatePostgres({ primary });
    const behind = `SELECT 1 FROM pg_stat_replication WHERE replay_lsn = pg_current_wal_lsn()`;
    await until('the standby has all', async () => (await primary.tell(behind)).length > 0);
    return standby;
  }

  const granted = (): Promise<boolean> =>
    lock.acquire('k', { waitMs: 0 }).then(
      (lease) => lease.release().then(() => true),
      () => false,
    );

  test('leaves a primary that became read-only for the one that was promoted', async () => {
    const next = await followed();
    await fence();
    await next.promote();
    front.moveTo(next);
    const tookMs = await writing.isBack();
    const lockMs = await until('the lock is granted', granted, { everyMs: 20 });
    const cash = (await repository.load('p'))!.cash.get('USD');
    expect(cash?.toString()).toBe(String(writing.saved));
    printFigure(
      `${path}: saves again after ${tookMs} ms, locks after ${Math.round(lockMs)} ms more; ${writing.failures.length} failed`,
    );
  });

  test('goes on when its primary was killed and another was promoted', async () => {
    const next = await followed();
    await primary.kill();
    await next.promote();
    front.moveTo(next);
    const tookMs = await writing.isBack();
    expect(await granted()).toBe(true);
    printFigure(`${path}: saves again after ${tookMs} ms; ${writing.failures.length} failed`);
  });

  test('goes on after a restart, and after being read-only for a while', async () => {
    await primary.restart();
    const restartMs = await writing.isBack();
    await fence();
    expect(await writing.tries()).toBe(false);
    expect(writing.failures.at(-1)).toContain('25006');
    await primary.tell(READ_ONLY('off'));
    await primary.tell('SELECT pg_reload_conf()');
    const backMs = await writing.isBack();
    printFigure(`${path}: saves again ${restartMs} ms after a restart, ${backMs} ms after read-only`);
  });

  test('reads nothing from a standby that it was led to', async () => {
    const next = await followed();
    front.moveTo(next);
    front.cut();
    await pause(50);
    await primary.tell('SELECT pg_switch_wal()');
    await next.tell('SELECT pg_wal_replay_pause()');
    const reader = new PostgresPortfolioRepository(opened.store.pool, { attempts: 3 });
    const error = (await reader.load('p').catch((failure: unknown) => failure)) as Error;
    expect(error).toMatchObject({ code: 'REPOSITORY_FAILED', retryable: true });
    const allowing = new PostgresPortfolioRepository(opened.store.pool, { allowReadOnly: true });
    await until('it may be read where that is allowed', () =>
      allowing.load('p').then(
        () => true,
        () => false,
      ),
    );
    front.moveTo(primary);
    const tookMs = await writing.isBack();
    await reader.close();
    await allowing.close();
    printFigure(`${path}: saves again after ${tookMs} ms`);
  });

  // postgres.js keeps such a connection until the network ends it.
  const unlessKept = path === 'postgres.js' ? [] : [path];
  test.each(unlessKept)('%s comes back from another server that it was led to', async () => {
    const other = await privatePostgres();
    front.moveTo(other);
    front.cut();
    await until('it meets the other', async () => {
      await writing.tries();
      return /3F000|42P01/.test(writing.failures.at(-1) ?? '');
    });
    await writing.useAll().catch(() => undefined);
    front.moveTo(primary);
    if (path.includes('PgBouncer')) front.cut();
    const tookMs = await writing.isBack();
    await other.dispose();
    printFigure(`${path}: saves again after ${tookMs} ms`);
  });
});
