import type { Timer } from '../../core/clock.js';
import type { EndReason, RefusalReason } from '../../protocol/server-messages.js';
import type { StreamPosition } from '../../protocol/stream-position.js';
import type { Topic } from '../../protocol/topic.js';
import type { PortfolioValue, PositionsValue, PriceValue, Values } from '../../protocol/values.js';
import type { FeedStatus } from '../../protocol/feed-status.js';
import { GatewayLink } from './gateway-link.js';
import { IDLE, type SourceState, type LiveSourceHost, type LiveSourceSettings } from './live-source.js';
import { ValueStore } from '../topics/value-store.js';
import type { PositionsView, ValueView } from '../topics/value-views.js';

/** Message of a leader to its followers. */
export interface LeaderUpdate {
  /** Whether these are all values that the leader has of a tab's topics. The tab's other values are older. */
  readonly isWhole?: boolean;
  /** Subject of these values. */
  readonly subject?: string | undefined;
  readonly values?: readonly Values[];
  readonly position?: StreamPosition | null;
  readonly denied?: readonly (readonly [Topic, RefusalReason | EndReason])[];
  readonly state?: SourceState;
  readonly feed?: FeedStatus | null;
}

/** Key of the leader's own tab among those that it serves. */
const OWN = '';

/** How long a new leader waits for the topics of the other tabs before it connects. */
const GATHER_MS = 20;

/** The leader of a group of tabs: it owns the link, and the newest values of all topics that any tab wants. */
export class TabLeader {
  readonly #host: LiveSourceHost;
  readonly #sendUpdate: (update: LeaderUpdate) => void;
  readonly #store = new ValueStore(() => undefined);
  readonly #wants = new Map<string, readonly Topic[]>();
  readonly #link: GatewayLink;
  readonly #start: Timer;
  #state = IDLE;
  #feed: FeedStatus | null = null;

  /** @param host Host of this tab's own source. */
  constructor(
    settings: LiveSourceSettings,
    host: LiveSourceHost,
    sendUpdate: (update: LeaderUpdate) => void,
  ) {
    this.#host = host;
    this.#sendUpdate = sendUpdate;
    this.#link = new GatewayLink(settings, this.#linkHost());
    // The link resumes from the values that this tab got as a follower.
    this.#store.position = host.store.position;
    this.#store.subject = host.store.subject;
    this.#start = settings.clock.setTimer(() => this.#link.start(), GATHER_MS);
  }

  /** Replaces the topics that a tab wants; none when it has gone. */
  want(tab: string, topics: Iterable<Topic>): void {
    this.#wants.set(tab, [...topics]);
    const all = new Set([...this.#wants.values()].flat());
    for (const [topic] of [...this.#store.entries()]) if (!all.has(topic)) this.#store.remove(topic);
    for (const topic of all) {
      if (this.#store.get(topic)) continue;
      this.#store.add(topic);
      this.#store.apply(wholeValues(this.#host.store, [topic]));
    }
    this.#link.want(all);
  }

  /** Replaces the topics that the leader's own tab wants. What another tab has made known already is shown at once. */
  wantOwn(topics: Iterable<Topic>): void {
    const own = [...topics];
    const { store } = this.#host;
    this.want(OWN, own);
    const fresh = own.filter((topic) => store.get(topic)?.isHeld === false);
    this.#host.values([wholeValues(this.#store, fresh)], null);
    for (const [topic, reason] of this.#denied(fresh)) this.#host.denied(topic, reason);
  }

  /** The update for a tab that has sent its topics. */
  updateFor(tab: string): LeaderUpdate {
    const topics = this.#wants.get(tab) ?? [];
    return {
      isWhole: true,
      subject: this.#store.subject,
      values: [wholeValues(this.#store, topics)],
      position: this.#store.position,
      denied: this.#denied(topics),
      state: this.#state,
      feed: this.#feed,
    };
  }

  #denied(topics: readonly Topic[]): (readonly [Topic, RefusalReason | EndReason])[] {
    return topics.flatMap((topic) => {
      const reason = this.#store.get(topic)?.observable.next.reason ?? null;
      return reason === null ? [] : [[topic, reason] as const];
    });
  }

  hint(): void {
    this.#link.hint();
  }

  reconnect(): void {
    this.#link.reconnect();
  }

  close(): void {
    this.#start.clear();
    this.#link.stop();
  }

  #linkHost(): LiveSourceHost {
    const host = this.#host;
    return {
      store: this.#store,
      values: (values, position) => {
        for (const each of values) this.#store.apply(each);
        this.#store.position = position ?? this.#store.position;
        this.#sendUpdate({ values, position });
        host.values(values, position);
      },
      feed: (feed) => {
        this.#feed = feed;
        this.#sendUpdate({ feed });
        host.feed(feed);
      },
      denied: (topic, reason) => {
        this.#store.deny(topic, reason);
        this.#sendUpdate({ denied: [[topic, reason]] });
        host.denied(topic, reason);
      },
      state: (state) => {
        this.#state = state;
        this.#sendUpdate({ state });
        host.state(state);
      },
      received: (serverTime, isOther, subject) => {
        if (subject) this.#sendUpdate({ subject });
        host.received(serverTime, isOther, subject);
        return this.#store.setSubject(subject);
      },
      serverNow: () => host.serverNow(),
      isVisible: () => host.isVisible(),
    };
  }
}

/** The complete values of those topics that are held, in the form of a message. */
function wholeValues(store: ValueStore, topics: readonly Topic[]): Values {
  const portfolios: PortfolioValue[] = [];
  const positions: PositionsValue[] = [];
  const prices: PriceValue[] = [];
  for (const topic of topics) {
    const entry = store.get(topic);
    if (!entry?.isHeld) continue;
    if (entry.kind === 'positions') {
      const { totals, state: _state, reason: _reason, ...rows } = entry.observable.next as PositionsView;
      positions.push({ ...rows, portfolio: totals!, full: true, removed: [] });
    } else {
      const { value } = entry.observable.next as ValueView<unknown>;
      if (entry.kind === 'price') prices.push(value as PriceValue);
      else portfolios.push(value as PortfolioValue);
    }
  }
  return { portfolios, positions, prices };
}
