import { MarkToMarket, type MarkToMarketParts } from './core/mark-to-market.js';
import { InMemoryEventBus } from './memory/in-memory-event-bus.js';
import { InMemoryLock } from './memory/in-memory-lock.js';

/** Options of {@link markToMarket}. */
export interface MarkToMarketOptions extends Omit<MarkToMarketParts, 'bus' | 'lock'> {
  /** Default: an `InMemoryEventBus` of its own. */
  readonly bus?: MarkToMarketParts['bus'];
  /** Default: an `InMemoryLock` of its own. `null`: none. */
  readonly lock?: MarkToMarketParts['lock'];
  /** Ends the start early with `ABORTED`. */
  readonly signal?: AbortSignal;
}

/**
 * Keeps the portfolios of a repository marked to the prices of a stream, from the moment it settles until `close()`.
 * @throws whatever keeps it from starting: RepositoryError, `STREAM_FAILED`, `ABORTED`; everything is closed then.
 */
export async function markToMarket(options: MarkToMarketOptions): Promise<MarkToMarket> {
  const { signal, clock } = options;
  const bus = options.bus ?? new InMemoryEventBus({ clock });
  const lock = options.lock === undefined ? new InMemoryLock({ clock }) : options.lock;
  const own = [...(options.bus ? [] : [bus]), ...(options.lock === undefined && lock ? [lock] : [])];
  return new MarkToMarket({ ...options, bus, lock }, own).start({ signal });
}
