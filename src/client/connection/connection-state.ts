import type { FeedStatus } from '../../protocol/feed-status.js';
import type { ConnectionState } from './connection-snapshot.js';
import type { SourcePhase } from './live-source.js';

const FEED_IS_UP: ReadonlySet<FeedStatus['feed'] | undefined> = new Set([
  'connected',
  'subscribed',
  // Prices that are missing are graded stale, each for itself.
  'degraded',
  'unknown',
]);

/** State of the connection, as the page shows it: `live` only while both the link and the gateway's feed are up. */
export function connectionStateOf(
  phase: SourcePhase,
  feed: FeedStatus | null,
  isOnline: boolean,
  wasUp: boolean,
): ConnectionState {
  if (phase === 'up') return FEED_IS_UP.has(feed?.feed) ? 'live' : 'stale';
  if (phase === 'unauthorized') return phase;
  if (phase === 'refused') return 'closed';
  if (phase === 'idle') return 'connecting';
  if (!isOnline) return 'offline';
  return wasUp ? 'reconnecting' : 'connecting';
}
