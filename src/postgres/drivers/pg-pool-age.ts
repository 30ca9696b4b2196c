import type { PgConnection, PgPool } from './postgres-pool.js';

interface Watched {
  users: number;
  readonly onConnect: (connection: PgConnection) => void;
  readonly born: WeakMap<PgConnection, number>;
  age: number;
  /** Whether the pool tells of new connections. */
  isTelling: boolean;
}

const watchedPools = new WeakMap<PgPool, Watched>();

/**
 * Tells connections of a pool that were made before a failover from those made since. A pool hands out the ones of before as long
 * as they answer, which those of a server that has become a standby do.
 */
export class PgPoolAge {
  readonly #pool: PgPool;
  readonly #watched: Watched;
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

  /** None of the connections made until now is to be used again. */
  failedOver(): void {
    this.#watched.age++;
  }

  /** Takes its listener off the pool, with the last that uses it. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (--this.#watched.users > 0) return;
    watchedPools.delete(this.#pool);
    this.#pool.removeListener('connect', this.#watched.onConnect);
  }

  #isOld(connection: PgConnection): boolean {
    const { age, born, isTelling } = this.#watched;
    const bornAt = born.get(connection);
    // One that was there before this began to watch is of the first age.
    if (bornAt === undefined && !isTelling) return false;
    return (bornAt ?? 0) < age;
  }
}

function watch(pool: PgPool): Watched {
  const watched: Watched = {
    users: 0,
    born: new WeakMap(),
    age: 0,
    isTelling: false,
    onConnect: (connection) => {
      watched.isTelling = true;
      watched.born.set(connection, watched.age);
    },
  };
  pool.on('connect', watched.onConnect);
  watchedPools.set(pool, watched);
  return watched;
}
