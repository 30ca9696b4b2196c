import type { StreamStatus } from '../core/streams/price-stream-adapter.js';

/** State of the feed of the gateway. */
export interface FeedStatus {
  /** State of the price stream; `degraded`: some symbols get no prices, and are graded stale; `unknown` if the gateway has no `stream`, and while its bus does not deliver. */
  readonly feed: StreamStatus['state'] | 'unknown';
  /** When this state began, ms since 1970 on the server's clock. */
  readonly since: number;
  /** While `reconnecting`: the attempt, from 1. */
  readonly attempt: number | null;
  /** While `reconnecting`: when the attempt begins, on the server's clock. */
  readonly nextTryAt: number | null;
  /** Gaps of the stream and of the bus since the gateway's start. A higher number means that prices may have been missed. */
  readonly gaps: number;
  readonly lastGap: FeedGap | null;
}

/** A gap in the feed of the gateway. */
export interface FeedGap {
  /** ms since 1970. */
  readonly from: number;
  /** ms since 1970. */
  readonly to: number;
  readonly reason: 'disconnect' | 'silence' | 'sequence' | 'overflow';
  /** How many symbols it concerns; `null`: all. Their names are not sent, but readers that see their prices see them graded stale. */
  readonly symbolCount: number | null;
  /** Whether complete data follows the gap. */
  readonly recovered: boolean;
}
