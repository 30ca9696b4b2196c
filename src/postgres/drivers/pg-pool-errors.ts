import type { Unsubscribe } from '../../core/unsubscribe.js';
import type { PgConnection, PgPool } from './postgres-pool.js';

type Listener = (error: Error) => void;

interface WatchedPool {
  readonly listeners: Set<Listener>;
  readonly unsubscribe: Unsubscribe;
}

// One listener for each pool, however many locks and repositories use it: Node warns of a leak from the eleventh on.
const watchedPools = new WeakMap<PgPool, WatchedPool>();

/**
 * Calls `listener` with the errors of idle connections. Without a listener, the end of an idle connection would end the
 * process.
 */
export function onPoolErrors(pool: PgPool, listener: Listener): Unsubscribe {
  const watched = watchedPools.get(pool) ?? watch(pool);
  watched.listeners.add(listener);
  return () => {
    watched.listeners.delete(listener);
    if (watched.listeners.size === 0 && watchedPools.get(pool) === watched) watched.unsubscribe();
  };
}

function watch(pool: PgPool): WatchedPool {
  const listeners = new Set<Listener>();
  const onError = (error: Error): void => {
    for (const listener of [...listeners]) listener(error);
  };
  // The pool stops listening to a connection when it hands it out, a moment before its user begins to listen. A server that
  // ends the connection in between would end the process.
  const onAcquire = (connection: PgConnection): void => {
    connection.on('error', onError);
    queueMicrotask(() => connection.removeListener('error', onError));
  };
  pool.on('error', onError);
  pool.on('acquire', onAcquire);
  const unsubscribe = (): void => {
    watchedPools.delete(pool);
    pool.removeListener('error', onError);
    pool.removeListener('acquire', onAcquire);
  };
  const watched = { listeners, unsubscribe };
  watchedPools.set(pool, watched);
  return watched;
}
