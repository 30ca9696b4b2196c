import { symbolCalendars } from '../../core/calendars/symbol-calendars.js';
import type { Clock } from '../../core/clock.js';
import type { TickmarkError } from '../../core/errors.js';
import type { PriceChangedBatch } from '../../core/prices/price-changed-event.js';
import { SymbolTable, SymbolTranslation } from '../../core/prices/symbol-table.js';
import { CurrentCloses } from '../../core/book/days/current-closes.js';
import { DayEnds } from '../../core/book/days/day-ends.js';
import { LatestPrices } from '../../core/book/latest-prices.js';
import type { StaleAfter } from '../../core/book/price-freshness.js';
import { topicOf } from '../../protocol/topic.js';
import { WholeTopic } from './followed-topic.js';
import type { GatewayOptions } from '../gateway-options.js';
import { priceJson } from './price-json.js';

/** What a {@link PriceFeed} works with. */
export interface PriceFeedOptions {
  readonly clock: Clock;
  readonly staleAfter: StaleAfter | undefined;
  readonly calendars: GatewayOptions['calendars'];
  readonly onError: (error: TickmarkError) => void;
  readonly book: GatewayOptions['book'];
  /** Something may have changed: a refresh is due. */
  readonly onChanged: () => void;
}

/** The topic of a followed symbol. */
class PriceTopic extends WholeTopic {
  readonly symbol: string;
  /** Whether it may have changed since the last refresh. */
  isMarked = false;
  /** Whether it may have changed while it had no reader. */
  isBehind = false;

  constructor(symbol: string) {
    super('price', topicOf('price', symbol));
    this.symbol = symbol;
  }
}

/** The newest price of every symbol, and the topics of followed symbols. */
export class PriceFeed {
  readonly #options: PriceFeedOptions;
  readonly #symbols = new SymbolTable();
  readonly #latest: LatestPrices;
  readonly #closes: CurrentCloses;
  readonly #followed = new Map<string, PriceTopic>();
  /** Marked topics, each once. */
  #marked: PriceTopic[] = [];
  #translation: SymbolTranslation | undefined;

  constructor(options: PriceFeedOptions) {
    this.#options = options;
    const { calendars: given, staleAfter, onError } = options;
    const symbolOf = (id: number) => this.#symbols.symbolOf(id);
    const calendars = symbolCalendars(given, onError);
    const ofBook = given === undefined && options.book?.calendarOf?.bind(options.book);
    const calendarOf = (id: number) => (ofBook ? ofBook(symbolOf(id)) : calendars.of(symbolOf(id)));
    this.#latest = new LatestPrices({ staleAfter }, ofBook || !calendars.isEmpty ? calendarOf : undefined);
    const ends = new DayEnds([]);
    this.#closes = new CurrentCloses({ prices: this.#latest, symbolOf, calendarOf, ends, report: onError });
  }

  /** The topic of a symbol, followed from now on. */
  follow(symbol: string, nextOffset: () => number): WholeTopic {
    let topic = this.#followed.get(symbol);
    if (topic) return topic;
    topic = new PriceTopic(symbol);
    this.#followed.set(symbol, topic);
    topic.set(this.#json(symbol), '', nextOffset());
    return topic;
  }

  /** Follows a topic no longer. */
  forget(symbol: string): void {
    this.#followed.delete(symbol);
  }

  /** Takes prices from the bus. */
  take(batch: PriceChangedBatch): void {
    if (!this.#translation?.isFrom(batch.symbols)) {
      this.#translation = new SymbolTranslation(batch.symbols, this.#symbols);
    }
    const ids = this.#translation.ids();
    const now = this.#options.clock.now();
    for (let row = 0; row < batch.length; row++) {
      const id = ids[batch.symbolIds[row]!]!;
      const known = this.#latest.details(id);
      if (!this.#latest.accept(id, batch.prices, row, 'bus')) continue;
      this.#closes.changed(id, now, known);
      if (this.#followed.size === 0) continue;
      const topic = this.#followed.get(this.#symbols.symbolOf(id));
      if (topic) this.#mark(topic);
    }
    if (this.#marked.length > 0) this.#options.onChanged();
  }

  /** Grades prices stale until newer ones come. @param symbols `null`: all. */
  markStale(symbols: readonly string[] | null): void {
    if (!symbols) this.#latest.markAllStale();
    else for (const symbol of symbols) this.#latest.markStale(this.#symbols.find(symbol));
    this.markAll();
  }

  /** Reads every followed price again, because a grade changes with age alone. */
  markAll(): void {
    for (const topic of this.#followed.values()) this.#mark(topic);
    if (this.#marked.length > 0) this.#options.onChanged();
  }

  /** Brings marked topics up to date. @returns The ones that have changed. Those without a reader wait until they have one. */
  *refresh(offset: number): Iterable<WholeTopic> {
    const marked = this.#marked;
    this.#marked = [];
    for (const topic of marked) {
      topic.isMarked = false;
      if (this.#followed.get(topic.symbol) !== topic) continue;
      if (topic.holds === 0) topic.isBehind = true;
      else if (topic.set(this.#json(topic.symbol), '', offset)) yield topic;
    }
  }

  /** Brings the topic of a symbol up to date, after it had no reader. */
  wake(symbol: string, nextOffset: () => number): void {
    const topic = this.#followed.get(symbol);
    if (!topic?.isBehind) return;
    topic.isBehind = false;
    topic.set(this.#json(symbol), '', nextOffset());
  }

  #mark(topic: PriceTopic): void {
    if (topic.isMarked) return;
    topic.isMarked = true;
    this.#marked.push(topic);
  }

  #json(symbol: string): string {
    const { book, clock } = this.#options;
    const now = clock.now();
    const id = this.#symbols.find(symbol);
    const received = id < 0 ? null : this.#latest.shown(id, symbol, now, this.#closes.shownOf(id, now));
    return priceJson(symbol, received ?? book?.price(symbol, now) ?? null);
  }
}
