import type { PgConnection, PgPool } from './postgres-pool.js';

type Listener = (error: Error) => void;

interface Heard {
  readonly listeners: Set<Listener>;
  readonly stop: () => void;
}

// One listener a pool, however many locks and repositories use it: Node warns of a leak from the eleventh on.
const heardPools = new WeakMap<PgPool, Heard>();

/**
 * Passes on the errors of connections that nobody has asked for anything; returns what ends that. Without a listener, the
 * end of an idle connection would end the process.
 */
export function hearPoolErrors(pool: PgPool, listener: Listener): () => void {
  const heard = heardPools.get(pool) ?? hear(pool);
  heard.listeners.add(listener);
  return () => {
    heard.listeners.delete(listener);
    if (heard.listeners.size === 0 && heardPools.get(pool) === heard) heard.stop();
  };
}

function hear(pool: PgPool): Heard {
  const listeners = new Set<Listener>();
  const onError = (error: Error): void => {
    for (const listener of [...listeners]) listener(error);
  };
  // The pool stops listening to a connection when it hands it out, and who asked for it hears of that a little later. A
  // server that ends it in the same breath as it took it would end the process.
  const onAcquire = (connection: PgConnection): void => {
    connection.on('error', onError);
    queueMicrotask(() => connection.removeListener('error', onError));
  };
  pool.on('error', onError);
  pool.on('acquire', onAcquire);
  const stop = (): void => {
    heardPools.delete(pool);
    pool.removeListener('error', onError);
    pool.removeListener('acquire', onAcquire);
  };
  const heard = { listeners, stop };
  heardPools.set(pool, heard);
  return heard;
}
