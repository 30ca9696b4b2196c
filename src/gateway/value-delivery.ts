import type { Clock } from '../core/clock.js';
import type { TickmarkError } from '../core/errors.js';
import type { StreamPosition } from '../protocol/stream-position.js';
import { BusProbe } from './feeds/bus-probe.js';
import { Feeds } from './feeds/feeds.js';
import type { FollowedTopic } from './feeds/followed-topic.js';
import { FollowedTopics } from './feeds/followed-topics.js';
import type { AccessChange } from './feeds/received-events.js';
import type { GatewayCounts } from './gateway-counts.js';
import type { GatewayOptions } from './gateway-options.js';
import type { ResolvedTimes } from './gateway-times.js';
import { MulticastGroups } from './readers/multicast-groups.js';
import type { Connection } from './wire/connection.js';
import { FrameLoop } from './wire/frame-loop.js';

/** What {@link ValueDelivery} works with. */
export interface ValueDeliveryOptions {
  readonly gateway: GatewayOptions;
  readonly epoch: string;
  /** Whether prices are served. */
  readonly hasPrices: boolean;
  readonly times: ResolvedTimes;
  /** The limit `followedTopics`. */
  readonly followedTopics: number;
  readonly clock: Clock;
  readonly counts: GatewayCounts;
  readonly onError: (error: TickmarkError) => void;
  /** Called before anything is sent. */
  readonly beforeFrame: () => void;
  readonly onTopicRemoved: (topic: FollowedTopic) => void;
  /** The bus delivers again, or no longer. @param message Message for all readers. */
  readonly onStatusMessage: (message: string) => void;
  /** A gateway of another process has revoked access. */
  readonly onAccessChanged: (change: AccessChange) => void;
  /** Such an event may have been missed. */
  readonly onAccessChangeMissed: () => void;
}

/** From the bus to the readers: follows topics, and sends what has changed, frame by frame. Pauses while the bus does not deliver. */
export class ValueDelivery {
  /** Who is subscribed to what. */
  readonly groups = new MulticastGroups();
  /** What is followed. */
  readonly topics: FollowedTopics;
  readonly #options: ValueDeliveryOptions;
  readonly #feeds: Feeds;
  readonly #loop: FrameLoop;
  #probe: BusProbe | undefined;

  constructor(options: ValueDeliveryOptions) {
    this.#options = options;
    const { gateway, epoch, times, clock, counts, onError } = options;
    this.#loop = new FrameLoop({
      epoch,
      clock,
      intervalMs: times.intervalMs,
      groups: this.groups,
      counts,
      beforeFrame: options.beforeFrame,
      refresh: (offset) => this.#feeds.refresh(offset),
    });
    this.#feeds = new Feeds({
      gateway,
      hasPrices: options.hasPrices,
      times,
      clock,
      onChanged: () => this.#loop.request(),
      onTopicRemoved: (topic) => {
        this.topics.remove(topic);
        options.onTopicRemoved(topic);
      },
      onError,
      onAccessChanged: options.onAccessChanged,
      onAccessChangeMissed: options.onAccessChangeMissed,
    });
    this.topics = new FollowedTopics({
      portfolios: this.#feeds.portfolios,
      prices: this.#feeds.prices,
      clock,
      historyMs: times.historyMs,
      historyTopics: times.historyTopics,
      followedTopics: options.followedTopics,
      nextOffset: () => this.#loop.nextOffset(),
    });
  }

  /** Begins to probe the bus. To be called once, as soon as the callbacks can be called. */
  start(): void {
    const { gateway, epoch, times, clock } = this.#options;
    this.#probe = new BusProbe({
      bus: gateway.bus,
      epoch,
      clock,
      intervalMs: times.busProbeMs,
      onChange: (delivers) => this.#busChanged(delivers),
    });
    // No revocation can arrive yet.
    if (!this.busDelivers && this.#pausesWithoutBus) this.#loop.pause();
  }

  /** The topic that every connection has. */
  get status(): FollowedTopic {
    return this.#feeds.status.topic;
  }

  /** The status as JSON, as readers last received it. */
  get statusJson(): string {
    return this.#feeds.status.json;
  }

  /** Whether the bus delivers, as far as is known. */
  get busDelivers(): boolean {
    return this.#probe?.delivers === true;
  }

  /** Offset of the newest change. */
  get offset(): number {
    return this.#loop.offset;
  }

  /** Position of readers that have everything. */
  get position(): StreamPosition {
    return this.#loop.position;
  }

  /** Sends a connection its unsent values as soon as there is room. */
  catchUp(connection: Connection): void {
    this.#loop.catchUp(connection);
  }

  /** Periodic work. @param now On the monotonic clock. */
  tick(now: number): void {
    this.#feeds.tick(now);
    this.topics.sweep();
  }

  /** Listens to the bus and sends values no longer. */
  stop(): void {
    this.#feeds.stop();
    this.#probe?.stop();
    this.#loop.stop();
  }

  get #pausesWithoutBus(): boolean {
    return this.#options.gateway.whileUnchecked !== 'continue';
  }

  #busChanged(delivers: boolean): void {
    const { clock, onStatusMessage, onAccessChangeMissed } = this.#options;
    this.#feeds.busChanged(delivers);
    onStatusMessage(`{"type":"update","serverTime":${clock.now()},"status":${this.#feeds.status.fresh()}}`);
    if (!this.#pausesWithoutBus) return;
    if (delivers) {
      onAccessChangeMissed();
      this.#loop.resume();
    } else this.#loop.pause();
  }
}
