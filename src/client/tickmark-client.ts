import { invalidArgument } from '../core/errors.js';
import { MAX_TOPIC_ID, topicOf, type TopicKind } from '../protocol/topic.js';
import { ObservableValue } from './topics/observable-value.js';
import { readClientOptions, type ClientSettings, type TickmarkClientOptions } from './client-options.js';
import type { CashRow, ClosedRow } from '../protocol/values.js';
import type { FeedStatus } from '../protocol/feed-status.js';
import type { ConnectionSnapshot } from './connection/connection-snapshot.js';
import { connectionStateOf } from './connection/connection-state.js';
import { liveValue } from './topics/live-value.js';
import type { Live } from './topics/live.js';
import type { PageLifecycle } from './connection/page-lifecycle.js';
import { tell } from './connection/page-causes.js';
import { ServerClock } from './connection/server-clock.js';
import { SourceLifecycle } from './connection/source-lifecycle.js';
import type { ObservablePositions } from './topics/observable-positions.js';
import { TopicInterest } from './topics/topic-interest.js';
import { ValueStore, observableOf } from './topics/value-store.js';
import {
  NONE,
  noPositions,
  noValue,
  type PortfolioView,
  type PositionView,
  type PositionsView,
  type PriceView,
  type ValueView,
} from './topics/value-views.js';
import { IDLE, type SourceState } from './connection/live-source.js';

/** All values that a client shows. */
export interface ClientSnapshot {
  readonly connection: ConnectionSnapshot;
  /** Totals, by portfolio id. */
  readonly portfolios: ReadonlyMap<string, PortfolioView>;
  /** Totals and rows, by portfolio id. */
  readonly positions: ReadonlyMap<string, PositionsView>;
  /** Prices, by symbol. */
  readonly prices: ReadonlyMap<string, PriceView>;
}

const emptySnapshot = (connection: ConnectionSnapshot) => ({
  connection,
  portfolios: new Map<string, PortfolioView>(),
  positions: new Map<string, PositionsView>(),
  prices: new Map<string, PriceView>(),
});

const nothing = (): void => undefined;

/**
 * Live values of portfolios and prices in a browser, from a gateway: a store that frameworks subscribe to. It connects while there is a
 * subscriber, with one connection for the page, or for all tabs with `sharedByTabs()`. Values change at most once per animation frame; a
 * hidden page does nothing. The hooks for Vue and React subscribe to nothing while they render on a server.
 *
 * @example
 * ```ts
 * import { TickmarkClient } from 'tickmark/client';
 *
 * const client = new TickmarkClient({ url: '/live' });
 * const pension = client.portfolio('pension');
 * const stop = pension.subscribe(() => console.log(pension.getSnapshot().value?.marketValue));
 * ```
 */
export class TickmarkClient implements Live<ClientSnapshot> {
  /** State of the connection. Subscribing to it does not connect. */
  readonly connection: Live<ConnectionSnapshot>;
  readonly #settings: ClientSettings;
  readonly #store: ValueStore;
  readonly #interest: TopicInterest;
  readonly #lifecycle: SourceLifecycle | null;
  readonly #serverClock: ServerClock;
  readonly #connection: ObservableValue<ConnectionSnapshot>;
  readonly #listeners = new Set<() => void>();
  readonly #atFirst: ClientSnapshot;
  #state: SourceState = IDLE;
  #feed: FeedStatus | null = null;
  #hasBeenUp = false;
  #isClosed = false;
  #isCommitDue = false;
  #snapshot: ClientSnapshot | undefined;

  /** @internal Vue keeps the object as it is: a Proxy cannot read private fields. */
  get __v_skip(): true {
    return true;
  }

  /** Does not connect yet. @throws TickmarkError `INVALID_ARGUMENT` for an option outside what is accepted. */
  constructor(options: TickmarkClientOptions) {
    const settings = (this.#settings = readClientOptions(options));
    const { clock, lingerMs, page } = settings;
    this.#serverClock = new ServerClock(clock);
    const { phase: _, ...idle } = IDLE;
    const since = clock.now();
    const connection: ConnectionSnapshot = { ...idle, state: 'connecting', since, feed: null };
    this.#connection = new ObservableValue(connection);
    this.#atFirst = emptySnapshot(connection);
    this.#store = new ValueStore(() => this.#commitSoon());
    this.#interest = new TopicInterest(clock, lingerMs, {
      added: (topic) => this.#store.add(topic),
      removed: (topic) => this.#store.remove(topic),
      changed: () => this.#lifecycle?.want(this.#interest.topics, () => this.#connectionChanged()),
    });
    this.#lifecycle = page && this.#createLifecycle(page);
    this.connection = liveValue(
      connection,
      () => (this.#lifecycle ? this.#connection : undefined),
      () => nothing,
      shownOf,
    );
  }

  /** Totals of a portfolio. */
  portfolio(id: string): Live<PortfolioView> {
    return this.#whole('portfolio', id);
  }

  /** Totals and all rows of a portfolio, with closed positions and cash, computed from the same prices. */
  positions(id: string): Live<PositionsView> {
    return this.#positions(id, noPositions(id), shownOf);
  }

  /** Symbols that a portfolio holds. The list changes when a position is opened or closed, not with prices. */
  symbols(id: string): Live<readonly string[]> {
    return this.#positions(id, NONE, ({ symbols }) => symbols);
  }

  /** One row of a portfolio. Its listeners are called only for changes of this row. */
  position(id: string, symbol: string): Live<PositionView> {
    return this.#positions(id, null, ({ bySymbol }) => bySymbol.get(symbol) ?? null);
  }

  /** Positions of a portfolio that were held and are flat. The list seldom changes with prices. */
  closedPositions(id: string): Live<readonly ClosedRow[]> {
    return this.#positions(id, NONE, ({ shown }) => shown.closed);
  }

  /** Cash of a portfolio by currency. The list changes with balances, and with the rates of foreign cash. */
  cashBalances(id: string): Live<readonly CashRow[]> {
    return this.#positions(id, NONE, ({ shown }) => shown.cashBalances);
  }

  /** The newest price of a symbol. */
  price(symbol: string): Live<PriceView> {
    return this.#whole('price', symbol);
  }

  /** Calls `listener` after each update that changed a value. Subscribes to no topic. */
  readonly subscribe = (listener: () => void): (() => void) => {
    // Without a page nothing changes, and a server would never stop listening.
    if (this.#lifecycle) this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  /** All subscribed values. */
  readonly getSnapshot = (): ClientSnapshot => (this.#snapshot ??= this.#takeSnapshot());

  readonly getServerSnapshot = (): ClientSnapshot => this.#atFirst;

  /** The gateway's time, ms since 1970: the age of a price is `serverNow() - receivedAt`. The machine's time until the first message. */
  serverNow(): number {
    return this.#serverClock.now();
  }

  /** Connects at once, with a new token, also after `unauthorized` or a refusal. Call it after a login, or when the user asks for it. */
  reconnect(): void {
    if (!this.#isClosed) this.#lifecycle?.reconnect();
  }

  /** Closes the connection permanently: its state becomes `closed`, and values stay as they are. Idempotent. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#interest.close();
    this.#lifecycle?.stop();
    this.#connectionChanged();
  }

  /** The live value of a topic without rows. */
  #whole<Value>(kind: TopicKind, id: string): Live<ValueView<Value>> {
    return this.#topic<ObservableValue<ValueView<Value>>, ValueView<Value>>(kind, id, noValue(id), shownOf);
  }

  /** A part of the positions of a portfolio. */
  #positions<T>(id: string, first: T, partOf: (positions: ObservablePositions) => T): Live<T> {
    return this.#topic('positions', id, first, partOf);
  }

  #topic<Observable extends ObservableValue<unknown>, T>(
    kind: TopicKind,
    id: string,
    first: T,
    partOf: (observable: Observable) => T,
  ): Live<T> {
    if (typeof id !== 'string') throw invalidArgument(`TickmarkClient.${kind}`, id, 'an id');
    const topic = topicOf(kind, id);
    // Data may have such an id. The other topics of the page must not fail with it.
    if (id === '' || id.length > MAX_TOPIC_ID || /\p{Cs}/u.test(id)) {
      const refused = observableOf(kind, id, 'denied') as unknown as Observable;
      return liveValue(
        partOf(refused),
        () => refused,
        () => nothing,
        partOf,
      );
    }
    return liveValue(
      first,
      () => this.#store.get(topic)?.observable as Observable | undefined,
      // Without a page nothing connects.
      () => (this.#lifecycle ? this.#interest.retain(topic) : nothing),
      partOf,
    );
  }

  #createLifecycle(page: PageLifecycle): SourceLifecycle {
    const { openSource } = this.#settings;
    const source = openSource(this.#settings, {
      store: this.#store,
      values: (values, position) => {
        for (const each of values) this.#store.apply(each);
        this.#store.position = position ?? this.#store.position;
      },
      feed: (feed) => {
        this.#feed = feed;
        this.#connectionChanged();
      },
      denied: (topic, reason) => this.#store.deny(topic, reason),
      state: (state) => {
        this.#state = state;
        if (state.error) tell(state.error);
        this.#connectionChanged();
      },
      received: (serverTime, isOther, subject) => {
        this.#serverClock.observe(serverTime, isOther);
        return this.#store.setSubject(subject);
      },
      serverNow: () => this.#serverClock.now(),
      isVisible: () => page.isVisible(),
    });
    return new SourceLifecycle(this.#settings, page, source);
  }

  #connectionChanged(): void {
    const { page, clock } = this.#settings;
    const { phase, ...rest } = this.#state;
    this.#hasBeenUp ||= phase === 'up';
    const before = this.#connection.next;
    const isOnline = page?.isOnline() !== false;
    const state = this.#isClosed ? 'closed' : connectionStateOf(phase, this.#feed, isOnline, this.#hasBeenUp);
    const since = state === before.state ? before.since : clock.now();
    this.#store.set(this.#connection, { ...rest, state, since, feed: this.#feed });
  }

  #commitSoon(): void {
    if (this.#isCommitDue) return;
    this.#isCommitDue = true;
    this.#settings.page?.requestFrame(() => {
      this.#isCommitDue = false;
      const hasChanged = this.#store.commit((listeners) => this.#notify(listeners));
      if (!hasChanged) return;
      this.#snapshot = undefined;
      this.#notify(this.#listeners);
    });
  }

  #notify(listeners: ReadonlySet<() => void>): void {
    for (const listener of [...listeners]) {
      try {
        listener();
      } catch (error) {
        this.#settings.onError(error);
      }
    }
  }

  #takeSnapshot(): ClientSnapshot {
    const snapshot = emptySnapshot(this.#connection.shown);
    const { portfolios, positions, prices } = snapshot;
    const mapOf = { portfolio: portfolios, positions, price: prices };
    for (const [, { kind, observable }] of this.#store.entries()) {
      mapOf[kind].set(observable.shown.id, observable.shown as never);
    }
    return snapshot;
  }
}

const shownOf = <T>({ shown }: ObservableValue<T>): T => shown;
