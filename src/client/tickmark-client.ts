import { invalidArgument } from '../core/errors.js';
import { MAX_TOPIC_ID, topicOf, type TopicKind } from '../protocol/topic.js';
import { Cell } from './topics/cell.js';
import { readClientOptions, type ClientSettings, type TickmarkClientOptions } from './client-options.js';
import type { FeedStatus } from '../protocol/values.js';
import type { ConnectionSnapshot } from './connection/connection-snapshot.js';
import { statusOf } from './connection/connection-status.js';
import type { Live } from './topics/live.js';
import type { Page } from './connection/page.js';
import { ServerClock } from './connection/server-clock.js';
import { SourceLifecycle } from './connection/source-lifecycle.js';
import { TopicInterest } from './topics/topic-interest.js';
import type {
  PortfolioSnapshot,
  PositionSnapshot,
  PositionsSnapshot,
  PriceSnapshot,
  ValueSnapshot,
} from './topics/value-snapshots.js';
import { noValue, ValueStore, type Entry } from './topics/value-store.js';
import { IDLE, type SourceState } from './connection/value-source.js';

/** Everything that a client shows. */
export interface ClientSnapshot {
  readonly connection: ConnectionSnapshot;
  /** Totals, by portfolio id. */
  readonly portfolios: ReadonlyMap<string, PortfolioSnapshot>;
  /** Totals and rows, by portfolio id. */
  readonly positions: ReadonlyMap<string, PositionsSnapshot>;
  /** Prices, by symbol. */
  readonly prices: ReadonlyMap<string, PriceSnapshot>;
}

const NO_SYMBOLS: readonly string[] = [];
const nothing = (): void => undefined;

/**
 * Live values of portfolios and prices in a browser, from a gateway: a store that frameworks subscribe to. There is a connection while
 * somebody looks at something, one for all of a page, and one for all tabs where the browser allows. Values are shown once per
 * animation frame at most; a hidden page does nothing. On a server nothing is connected and everything is `loading`.
 *
 * ```ts
 * const client = new TickmarkClient({ url: '/live' });
 * const pension = client.portfolio('pension');
 * const stop = pension.subscribe(() => console.log(pension.getSnapshot().value?.marketValue));
 * ```
 */
export class TickmarkClient implements Live<ClientSnapshot> {
  /** State of the connection. Looking at it makes no connection. */
  readonly connection: Live<ConnectionSnapshot>;
  readonly #settings: ClientSettings;
  readonly #store: ValueStore;
  readonly #interest: TopicInterest;
  readonly #supply: SourceLifecycle | null;
  readonly #serverClock: ServerClock;
  readonly #connection: Cell<ConnectionSnapshot>;
  readonly #listeners = new Set<() => void>();
  readonly #atFirst: ClientSnapshot;
  #state: SourceState = IDLE;
  #feed: FeedStatus | null = null;
  #wasUp = false;
  #isClosed = false;
  #isCommitDue = false;
  #snapshot: ClientSnapshot | undefined;

  /** @throws TickmarkError `INVALID_ARGUMENT` for options that cannot be used. Connects to nothing yet. */
  constructor(options: TickmarkClientOptions) {
    const settings = (this.#settings = readClientOptions(options));
    const { clock, lingerMs, page } = settings;
    this.#serverClock = new ServerClock(clock);
    const { phase: _, ...idle } = IDLE;
    const since = clock.now();
    const connection: ConnectionSnapshot = { ...idle, status: 'connecting', since, feed: null };
    this.#connection = new Cell(connection);
    this.#atFirst = { connection, portfolios: new Map(), positions: new Map(), prices: new Map() };
    this.#store = new ValueStore(() => this.#commitSoon());
    this.#interest = new TopicInterest(clock, lingerMs, {
      added: (topic) => this.#store.add(topic),
      removed: (topic) => this.#store.remove(topic),
      changed: () => this.#supply?.want(this.#interest.topics, () => this.#connectionChanged()),
    });
    this.#supply = page && this.#supplyOf(page);
    this.connection = this.#live(
      connection,
      () => this.#connection,
      () => nothing,
    );
  }

  /** Totals of a portfolio. */
  portfolio(id: string): Live<PortfolioSnapshot> {
    return this.#whole('portfolio', id);
  }

  /** Totals and all rows of a portfolio, of the same prices. */
  positions(id: string): Live<PositionsSnapshot> {
    const first: PositionsSnapshot = { ...noValue(id), rows: [] };
    return this.#value('positions', id, first, (entry) => entry.rows!.list);
  }

  /** Symbols that a portfolio holds: changes when a position is opened or closed, not with prices. */
  symbols(id: string): Live<readonly string[]> {
    return this.#value('positions', id, NO_SYMBOLS, (entry) => entry.rows!.symbols);
  }

  /** One row of a portfolio: changes when that row does. */
  position(id: string, symbol: string): Live<PositionSnapshot> {
    return this.#value<PositionSnapshot>('positions', id, null, (entry) => entry.rows!.row(symbol));
  }

  /** The newest price of a symbol. */
  price(symbol: string): Live<PriceSnapshot> {
    return this.#whole('price', symbol);
  }

  /** Calls `listener` after each commit that has changed anything. Subscribes to no topic. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  /** Everything that is looked at. */
  readonly getSnapshot = (): ClientSnapshot => (this.#snapshot ??= this.#everything());

  readonly getServerSnapshot = (): ClientSnapshot => this.#atFirst;

  /** The gateway's time, ms since 1970: the age of a price is `serverNow() - receivedAt`. The machine's until the gateway has said. */
  serverNow(): number {
    return this.#serverClock.now();
  }

  /** Connects at once, with a new token, also after `unauthorized` or a refusal: after a login, or when the user asks for it. */
  reconnect(): void {
    if (!this.#isClosed) this.#supply?.reconnect();
  }

  /** Ends the connection for good: the status is `closed`, and values stay as they are. Idempotent. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#interest.close();
    this.#supply?.stop();
    this.#connectionChanged();
  }

  /** A topic's value as it comes. */
  #whole<Value>(kind: TopicKind, id: string): Live<ValueSnapshot<Value>> {
    return this.#value(kind, id, noValue(id), ({ cell }) => cell as Cell<ValueSnapshot<Value>>);
  }

  #value<T>(kind: TopicKind, id: string, first: T, cellOf: (entry: Entry) => Cell<T>): Live<T> {
    if (typeof id !== 'string' || id === '' || id.length > MAX_TOPIC_ID) {
      throw invalidArgument(`TickmarkClient.${kind}`, id, `an id of 1 to ${MAX_TOPIC_ID} characters`);
    }
    const topic = topicOf(kind, id);
    const find = (): Cell<T> | undefined => {
      const entry = this.#store.get(topic);
      return entry && cellOf(entry);
    };
    return this.#live(first, find, () => (this.#supply ? this.#interest.retain(topic) : nothing));
  }

  #live<T>(first: T, find: () => Cell<T> | undefined, retain: () => () => void): Live<T> {
    return {
      subscribe: (listener) => {
        const release = retain();
        const listeners = find()?.listeners;
        // Two subscriptions of one function are two.
        const each = (): void => listener();
        listeners?.add(each);
        return () => {
          listeners?.delete(each);
          release();
        };
      },
      getSnapshot: () => {
        const cell = find();
        return !cell || cell.isFresh ? first : cell.shown;
      },
      getServerSnapshot: () => first,
    };
  }

  #supplyOf(page: Page): SourceLifecycle {
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
        this.#connectionChanged();
      },
      heard: (serverTime, isOther, subject) => {
        this.#serverClock.heard(serverTime, isOther);
        return this.#store.claim(subject);
      },
      serverNow: () => this.#serverClock.now(),
      isVisible: () => page.isVisible(),
    });
    return new SourceLifecycle(this.#settings, page, source);
  }

  #connectionChanged(): void {
    const { page, clock } = this.#settings;
    const { phase, ...rest } = this.#state;
    this.#wasUp ||= phase === 'up';
    const before = this.#connection.next;
    const isOnline = page?.isOnline() !== false;
    const status = this.#isClosed ? 'closed' : statusOf(phase, this.#feed, isOnline, this.#wasUp);
    const since = status === before.status ? before.since : clock.now();
    this.#store.set(this.#connection, { ...rest, status, since, feed: this.#feed });
  }

  #commitSoon(): void {
    if (this.#isCommitDue) return;
    this.#isCommitDue = true;
    this.#settings.page?.requestFrame(() => {
      this.#isCommitDue = false;
      this.#commit();
    });
  }

  #commit(): void {
    const hasChanged = this.#store.commit((listeners) => this.#tell(listeners));
    if (!hasChanged) return;
    this.#snapshot = undefined;
    this.#tell(this.#listeners);
  }

  #tell(listeners: ReadonlySet<() => void>): void {
    for (const listener of [...listeners]) {
      try {
        listener();
      } catch (error) {
        this.#settings.onError(error);
      }
    }
  }

  #everything(): ClientSnapshot {
    const portfolios = new Map<string, PortfolioSnapshot>();
    const positions = new Map<string, PositionsSnapshot>();
    const prices = new Map<string, PriceSnapshot>();
    for (const [, { kind, cell, rows }] of this.#store.entries()) {
      const { id } = cell.shown;
      if (rows) positions.set(id, rows.list.shown);
      else if (kind === 'price') prices.set(id, cell.shown as PriceSnapshot);
      else portfolios.set(id, cell.shown as PortfolioSnapshot);
    }
    return { connection: this.#connection.shown, portfolios, positions, prices };
  }
}
