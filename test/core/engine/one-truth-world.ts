import { FakeClock } from '../../../src/conformance/fake-clock.js';
import type { TickmarkError } from '../../../src/core/errors.js';
import type { Lock } from '../../../src/core/locking/lock.js';
import { PriceStreamProcessor } from '../../../src/core/ingest/price-stream-processor.js';
import type { PriceUpdate } from '../../../src/core/prices/price-update.js';
import type {
  DomainEvent,
  EventBus,
  EventHandler,
  EventType,
} from '../../../src/core/messaging/event-bus.js';
import type { Decimal } from '../../../src/core/money/decimal.js';
import { HoldingsEditor } from '../../../src/core/portfolio/holdings-editor.js';
import type { PriceRecord, ValuationRecord } from '../../../src/core/portfolio/portfolio-repository.js';
import { Portfolio } from '../../../src/core/portfolio/portfolio.js';
import { seededRandom } from '../../../src/core/random.js';
import type { Unsubscribe } from '../../../src/core/unsubscribe.js';
import { MarkToMarketEngine } from '../../../src/core/engine/mark-to-market-engine.js';
import {
  PORTFOLIOS_VALUED,
  type PortfolioValuedBatch,
  type PortfolioValuedEvent,
} from '../../../src/core/engine/portfolio-valued-event.js';
import { PositionBook } from '../../../src/core/book/position-book.js';
import { InMemoryEventBus } from '../../../src/memory/in-memory-event-bus.js';
import { InMemoryLock } from '../../../src/memory/in-memory-lock.js';
import { ScriptedRepository, type Script } from './scripted-parts.js';

export const START = 1_700_000_000_000;
export const SYMBOLS = ['A', 'B', 'C', 'EUR/USD'] as const;
export const IDS = ['p', 'q', 'r'] as const;
const BOOK = { fx: ['EUR/USD'], fxMaxAgeMs: 3000, staleAfter: 20_000 } as const;
const STORE_CALLS = ['saveValuations', 'savePrices', 'loadMany', 'load', 'loadPrices'] as const;

/** The link of one process to the bus, which may lose messages, and is cut when the process is killed. */
class Link implements Pick<EventBus, 'publish' | 'subscribe'> {
  isCut = false;
  readonly #bus: EventBus;
  readonly #loses: () => boolean;

  constructor(bus: EventBus, loses: () => boolean) {
    this.#bus = bus;
    this.#loses = loses;
  }

  async publish(given: DomainEvent | readonly DomainEvent[]): Promise<void> {
    const events = Array.isArray(given) ? (given as DomainEvent[]) : [given as DomainEvent];
    // Values are not lost here: the bus tells a subscriber that it missed one, and the subscriber reads the store.
    const kept = events.filter(({ type }) => !this.isCut && (type === PORTFOLIOS_VALUED || !this.#loses()));
    if (kept.length > 0) await this.#bus.publish(kept);
  }

  subscribe<E extends DomainEvent>(type: EventType<E>, handler: EventHandler<E>): Unsubscribe {
    return this.#bus.subscribe<E>(type, (event) => {
      if (!this.isCut && !this.#loses()) return handler(event);
    });
  }
}

interface Worker {
  readonly engine: MarkToMarketEngine;
  readonly link: Link;
  /** What it last published of each portfolio. */
  readonly told: Map<string, PortfolioValuedEvent>;
}

/** The newest accepted update of a symbol, and the details that still apply. */
interface Newest {
  readonly update: PriceUpdate;
  readonly currency: string | undefined;
  readonly previousClose: PriceUpdate['previousClose'];
  gapAt: number | null;
}

export interface WorldOptions {
  readonly seed: number;
  readonly hasLock: boolean;
  readonly lossRate: number;
  readonly faultRate: number;
}

/** Two engines and one ingest with one store and a bus that loses messages, and the true state to compare with. */
export class OneTruthWorld {
  readonly clock = new FakeClock({ now: START });
  readonly repository = new ScriptedRepository({ clock: this.clock });
  readonly errors: TickmarkError[] = [];
  readonly #bus = new InMemoryEventBus({ clock: this.clock });
  readonly #newest = new Map<string, Newest>();
  readonly #random: () => number;
  readonly #options: WorldOptions;
  readonly #lock: Lock | null;
  readonly #editor: HoldingsEditor;
  #isCalm = false;
  #workers: Worker[] = [];
  #processor!: PriceStreamProcessor;

  constructor(options: WorldOptions) {
    this.#options = options;
    this.#random = seededRandom(options.seed);
    this.#lock = options.hasLock ? new InMemoryLock({ clock: this.clock }) : null;
    for (const call of STORE_CALLS) this.repository.scripts[call] = this.#unsteady;
    this.#editor = new HoldingsEditor({
      repository: this.repository,
      bus: this.#link() as unknown as EventBus,
      clock: this.clock,
      random: this.#random,
    });
  }

  async start(): Promise<void> {
    this.#isCalm = true;
    for (const id of IDS) await this.repository.save(newPortfolio(id));
    await this.startIngest();
    await this.startEngine(0);
    await this.startEngine(1);
    this.#isCalm = false;
  }

  push(update: PriceUpdate): void {
    if (!this.#processor.push(update)) return;
    const known = this.#newest.get(update.symbol);
    const currency = update.currency ?? known?.currency;
    const kept = currency === known?.currency ? known?.previousClose : undefined;
    const previousClose = update.previousClose ?? kept;
    this.#newest.set(update.symbol, { update, currency, previousClose, gapAt: null });
  }

  gap(symbols: readonly string[]): void {
    this.#processor.pushGap({ type: 'gap', from: 1, to: 2, symbols, reason: 'disconnect', recovered: true });
    for (const symbol of symbols) {
      const known = this.#newest.get(symbol);
      if (known) known.gapAt ??= this.clock.now();
    }
  }

  async change(id: string, how: 'buy' | 'deposit' | 'delete' | 'create'): Promise<void> {
    const work = async (): Promise<unknown> => {
      const stored = await this.repository.load(id);
      if (how === 'create') return stored ?? this.#editor.create(newPortfolio(id));
      if (!stored) return null;
      if (how === 'delete') return this.#editor.delete(id, stored.version);
      return this.#editor.update(id, (held) =>
        how === 'buy' ? held.buy('B', 2, 3) : held.deposit(5, 'EUR'),
      );
    };
    // If the store fails, the trade fails, and its maker would retry.
    await this.#during(work().catch(() => undefined));
  }

  async startIngest(): Promise<void> {
    if (this.#processor) {
      // Prices that only a killed ingest knew are lost, so it is killed when all are received.
      await this.calm(6000);
      await this.#during(this.#processor.close());
    }
    this.#processor = new PriceStreamProcessor({
      bus: this.#link() as unknown as EventBus,
      clock: this.clock,
      random: this.#random,
      throttle: false,
      batchSize: 2,
    });
    this.#processor.startFrom(await this.#inCalm(() => this.repository.loadPrices()));
  }

  async startEngine(at: number, isKilled = false): Promise<void> {
    const before = this.#workers[at];
    if (before) {
      if (isKilled) before.link.isCut = true;
      await this.#during(before.engine.close());
    }
    const link = this.#link();
    const told = new Map<string, PortfolioValuedEvent>();
    const publish = link.publish.bind(link);
    link.publish = (given) => {
      const events = Array.isArray(given) ? (given as DomainEvent[]) : [given as DomainEvent];
      for (const event of events)
        if (event.type === PORTFOLIOS_VALUED)
          for (const each of event as PortfolioValuedBatch) told.set(each.portfolioId, each);
      return publish(given);
    };
    const engine = new MarkToMarketEngine({
      ...BOOK,
      repository: this.repository,
      bus: link as unknown as EventBus,
      clock: this.clock,
      random: this.#random,
      lock: this.#lock,
      name: `engine ${at}`,
      onError: (error) => void this.errors.push(error),
    });
    this.#workers[at] = { engine, link, told };
    await this.#inCalm(() => this.#during(engine.start()));
  }

  /** Lets time pass without new faults. */
  async calm(ms: number): Promise<void> {
    await this.#inCalm(() => this.clock.advance(ms));
  }

  /** The differences at rest, in words. */
  async differences(): Promise<string[]> {
    this.#isCalm = true;
    await this.clock.advance(20_000);
    for (const { engine } of this.#workers) await this.#during(engine.flush());
    await this.clock.advance(1000);
    const found: string[] = [];
    const now = this.clock.now();
    const compare = (what: string, actual: unknown, expected: unknown): void => {
      const [a, b] = [JSON.stringify(actual), JSON.stringify(expected)];
      if (a !== b) found.push(`${what}: ${a}, expected ${b}`);
    };
    const records = [...this.#newest.values()].map((each) => this.#recordOf(each));
    const bySymbol = (list: readonly PriceRecord[]) =>
      list.map((price) => shownPrice(price, now)).sort((a, b) => (a.symbol < b.symbol ? -1 : 1));
    compare('stored prices', bySymbol(await this.repository.loadPrices()), bySymbol(records));
    for (const id of IDS) {
      const held = await this.repository.load(id);
      const [stored] = await this.repository.loadValuations([id]);
      const expected = held && this.#expected(held, records);
      compare(
        `stored value of ${id}`,
        stored && shown(stored, now),
        expected ? shown(expected, now) : undefined,
      );
      for (const [at, { engine, told }] of this.#workers.entries()) {
        const value = engine.value(id);
        compare(`version of ${id} in engine ${at}`, value?.version, held?.version);
        if (!expected || !value) continue;
        const { marketValue, cash, equity, complete } = value;
        compare(
          `value of ${id} in engine ${at}`,
          figures({ marketValue, cash, equity, complete }),
          figures(expected),
        );
        compare(`value of ${id} told by engine ${at}`, figures(told.get(id)!), figures(expected));
        compare(`version of ${id} told by engine ${at}`, told.get(id)!.version, held.version);
      }
    }
    return found;
  }

  async close(): Promise<void> {
    for (const { engine } of this.#workers) await this.#during(engine.close());
    await this.#during(this.#processor.close());
    if (this.clock.pending > 0) throw new Error(`${this.clock.pending} timers are left`);
  }

  #expected(held: Portfolio, records: readonly PriceRecord[]): ValuationRecord {
    const book = new PositionBook({ ...BOOK, clock: this.clock });
    book.setPortfolio(held);
    book.restorePrices(records);
    book.computeTotals();
    return book.record(book.numberOf(held.id)!)!;
  }

  #recordOf({ update, currency, previousClose, gapAt }: Newest): PriceRecord {
    const book = new PositionBook(BOOK);
    const receivedAt = update.receivedAt!;
    const life = receivedAt + BOOK.staleAfter;
    book.restorePrices([
      {
        symbol: update.symbol,
        price: { toString: () => String(update.price) } as Decimal,
        timestamp: update.timestamp,
        receivedAt,
        stamp: { venueTime: 0, arrival: receivedAt },
        gap: 0,
        liveUntil: gapAt === null ? life : Math.min(life, gapAt - 1),
        ...(currency !== undefined && { currency }),
        ...(previousClose !== undefined && {
          previousClose: { toString: () => String(previousClose) } as Decimal,
        }),
      },
    ]);
    return [...book.knownPrices()][0]!;
  }

  #link(): Link {
    return new Link(this.#bus, () => !this.#isCalm && this.#random() < this.#options.lossRate);
  }

  readonly #unsteady: Script = async (proceed) => {
    const chance = this.#random();
    const { faultRate } = this.#options;
    if (!this.#isCalm && chance < faultRate) throw new Error('the store fails');
    if (!this.#isCalm && chance < 2 * faultRate) {
      await new Promise<void>((resolve) => void this.clock.setTimer(resolve, 700 * this.#random()));
    }
    return proceed();
  };

  async #inCalm<Result>(work: () => Promise<Result>): Promise<Result> {
    const before = this.#isCalm;
    this.#isCalm = true;
    try {
      return await work();
    } finally {
      this.#isCalm = before;
    }
  }

  /** Lets time pass until a call has settled. */
  async #during<Result>(call: Promise<Result>): Promise<Result> {
    let isDone = false;
    const done = call.finally(() => (isDone = true));
    done.catch(() => undefined);
    for (let turn = 0; turn < 5000 && !isDone; turn++) await this.clock.advance(turn < 10 ? 0 : 20);
    return done;
  }
}

function newPortfolio(id: string): Portfolio {
  const all = { p: ['A', 'B'], q: ['B', 'C'], r: [] } as Record<string, string[]>;
  return Portfolio.create({
    id,
    currency: 'USD',
    cash: id === 'r' ? { EUR: 10 } : { USD: 1 },
    positions: all[id]!.map((symbol) => ({
      symbol,
      quantity: 3,
      averageCost: 1,
      currency: symbol === 'C' ? 'EUR' : 'USD',
    })),
  });
}

type Figures = Pick<ValuationRecord, 'marketValue' | 'cash' | 'equity' | 'complete'>;

function figures({ marketValue, cash, equity, complete }: Figures): unknown {
  return [text(marketValue), text(cash), text(equity), complete];
}

// Either gap may tell since when a price is stale; both tell that it is.
function life(liveUntil: number | null, now: number): number | string | null {
  return liveUntil !== null && liveUntil < now ? 'stale' : liveUntil;
}

function shown(record: ValuationRecord, now: number): unknown {
  const { version, priceTime, receivedAt, liveUntil, unpriced, unconverted } = record;
  return [version, figures(record), priceTime, receivedAt, life(liveUntil, now), unpriced, unconverted];
}

function shownPrice(
  { symbol, price, timestamp, currency, previousClose, liveUntil }: PriceRecord,
  now: number,
) {
  const close = previousClose && text(previousClose);
  return { symbol, price: text(price), timestamp, currency, close, life: life(liveUntil, now) };
}

function text(amount: Decimal | null): string | null {
  return amount && amount.trimmed().toString();
}
