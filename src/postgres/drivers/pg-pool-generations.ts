import type { Unsubscribe } from '../../core/unsubscribe.js';
import type { PgConnection, PgPool } from './postgres-pool.js';

interface WatchedPool {
  users: number;
  readonly generationOf: WeakMap<PgConnection, number>;
  generation: number;
  /** Whether the pool emits `connect` for new connections. */
  emitsConnect: boolean;
  readonly unsubscribe: Unsubscribe;
}

const watchedPools = new WeakMap<PgPool, WatchedPool>();

/**
 * Tells connections of a pool that were made before a failover from those made since. A pool reuses old connections as long
 * as they answer, and those to a server that has become a standby do.
 */
export class PgPoolGenerations {
  readonly #pool: PgPool;
  readonly #watched: WatchedPool;
  #isClosed = false;

  constructor(pool: PgPool) {
    this.#pool = pool;
    this.#watched = watchedPools.get(pool) ?? watch(pool);
    this.#watched.users++;
  }

  /** A connection made since the last failover. */
  async take(): Promise<PgConnection> {
    for (;;) {
      const connection = await this.#pool.connect();
      if (!this.#isOld(connection)) return connection;
      connection.release(true);
    }
  }

  /** Connections made until now are not used again. */
  failedOver(): void {
    this.#watched.generation++;
  }

  /** Removes the listener from the pool when its last user closes. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (--this.#watched.users > 0) return;
    watchedPools.delete(this.#pool);
    this.#watched.unsubscribe();
  }

  #isOld(connection: PgConnection): boolean {
    const { generation, generationOf, emitsConnect } = this.#watched;
    const own = generationOf.get(connection);
    // A connection that was made before the pool was watched is of the first generation.
    if (own === undefined && !emitsConnect) return false;
    return (own ?? 0) < generation;
  }
}

function watch(pool: PgPool): WatchedPool {
  const onConnect = (connection: PgConnection): void => {
    watched.emitsConnect = true;
    watched.generationOf.set(connection, watched.generation);
  };
  const watched: WatchedPool = {
    users: 0,
    generationOf: new WeakMap(),
    generation: 0,
    emitsConnect: false,
    unsubscribe: () => pool.removeListener('connect', onConnect),
  };
  pool.on('connect', onConnect);
  watchedPools.set(pool, watched);
  return watched;
}
