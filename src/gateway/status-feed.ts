import type { Clock } from '../core/clock.js';
import type { StreamStatus, Unsubscribe } from '../core/market-data/price-stream-adapter.js';
import type { FeedGap, FeedStatus } from '../protocol/values.js';
import { WholeTopic } from './followed-topic.js';
import type { GatewayOptions } from './gateway-options.js';

/** Health of what feeds the gateway, as a topic that every connection has. */
export class StatusFeed {
  readonly topic = new WholeTopic('status', 'status');
  #status: FeedStatus;
  readonly #stopWatching: Unsubscribe | undefined;
  readonly #onNews: () => void;

  /**
   * @param onNews the status has changed, and a refresh is due.
   * @param onDown the stream has no link, so that nothing newer comes.
   */
  constructor(stream: GatewayOptions['stream'], clock: Clock, onNews: () => void, onDown: () => void) {
    this.#onNews = onNews;
    this.#status = { ...shown(stream?.getStatus()), since: clock.now(), gaps: 0, lastGap: null };
    this.topic.set(JSON.stringify(this.#status), '', 1);
    this.#stopWatching = stream?.onStatus((status) => {
      const { feed } = this.#status;
      const since = status.state === feed ? this.#status.since : clock.now();
      this.#set({ ...this.#status, ...shown(status), since });
      if (status.state === 'reconnecting' || status.state === 'failed' || status.state === 'disconnected')
        onDown();
    });
  }

  /** The status as JSON, as readers last heard it. */
  get json(): string {
    return this.topic.fragment().text;
  }

  /** Takes note of a gap. */
  gap(lastGap: FeedGap): void {
    this.#set({ ...this.#status, gaps: this.#status.gaps + 1, lastGap });
  }

  /** Brings the topic up to date; gives it if it has changed. */
  *refresh(offset: number): Iterable<WholeTopic> {
    if (this.topic.set(JSON.stringify(this.#status), '', offset)) yield this.topic;
  }

  /** Listens no longer. */
  stop(): void {
    this.#stopWatching?.();
  }

  #set(status: FeedStatus): void {
    this.#status = status;
    this.#onNews();
  }
}

// Of a failure the state alone: its message is not for readers.
function shown(status: StreamStatus | undefined): Pick<FeedStatus, 'feed' | 'attempt' | 'nextTryAt'> {
  const isWaiting = status?.state === 'reconnecting';
  return {
    feed: status?.state ?? 'unknown',
    attempt: isWaiting ? status.attempt : null,
    nextTryAt: isWaiting ? status.nextTryAt : null,
  };
}
