import type { Clock } from '../../core/clock.js';
import { symbolsWithoutPrices } from '../../core/streams/symbols-without-prices.js';
import type { Unsubscribe } from '../../core/unsubscribe.js';
import type { FeedGap, FeedStatus } from '../../protocol/feed-status.js';
import { WholeTopic } from './followed-topic.js';
import type { GatewayOptions } from '../gateway-options.js';

/** Health of what feeds the gateway, as a topic that every connection has. */
export class StatusFeed {
  readonly topic = new WholeTopic('status', 'status');
  #status: FeedStatus;
  #busDelivers: boolean;
  readonly #stream: GatewayOptions['stream'];
  readonly #clock: Clock;
  readonly #stopWatching: Unsubscribe | undefined;
  readonly #onChanged: () => void;

  /**
   * @param busDelivers Whether the bus delivers. As long as it does not, the state of the stream is unknown.
   * @param onChanged Called when the status has changed, so that a refresh is due.
   * @param onDown Called when no newer prices come of these symbols; `null`: of none at all.
   */
  constructor(
    stream: GatewayOptions['stream'],
    clock: Clock,
    busDelivers: boolean,
    onChanged: () => void,
    onDown: (symbols: readonly string[] | null) => void,
  ) {
    this.#stream = stream;
    this.#clock = clock;
    this.#busDelivers = busDelivers;
    this.#onChanged = onChanged;
    this.#status = { ...this.#shown(), since: clock.now(), gaps: 0, lastGap: null };
    this.topic.set(JSON.stringify(this.#status), '', 1);
    this.#stopWatching = stream?.onStatus((status) => {
      this.#look();
      const symbols = symbolsWithoutPrices(status);
      if (symbols?.length !== 0) onDown(symbols);
    });
  }

  /** The status as JSON, as readers last received it. */
  get json(): string {
    return this.topic.fragment().text;
  }

  /** The status as JSON, as it is now. */
  fresh(): string {
    return JSON.stringify(this.#status);
  }

  /** Records a gap. */
  gap(lastGap: FeedGap): void {
    this.#set({ ...this.#status, gaps: this.#status.gaps + 1, lastGap });
  }

  /** The bus delivers from now on, or does not. */
  busChanged(delivers: boolean): void {
    this.#busDelivers = delivers;
    this.#look();
  }

  /** Brings the topic up to date. @returns The topic if it has changed. */
  *refresh(offset: number): Iterable<WholeTopic> {
    if (this.topic.set(JSON.stringify(this.#status), '', offset)) yield this.topic;
  }

  /** Listens no longer. */
  stop(): void {
    this.#stopWatching?.();
  }

  #look(): void {
    const shown = this.#shown();
    const since = shown.feed === this.#status.feed ? this.#status.since : this.#clock.now();
    this.#set({ ...this.#status, ...shown, since });
  }

  // Readers see only the state of a failure, not its message.
  #shown(): Pick<FeedStatus, 'feed' | 'attempt' | 'nextTryAt'> {
    const status = this.#busDelivers ? this.#stream?.getStatus() : undefined;
    const isWaiting = status?.state === 'reconnecting';
    return {
      feed: status?.state ?? 'unknown',
      attempt: isWaiting ? status.attempt : null,
      nextTryAt: isWaiting ? status.nextTryAt : null,
    };
  }

  #set(status: FeedStatus): void {
    this.#status = status;
    this.#onChanged();
  }
}
