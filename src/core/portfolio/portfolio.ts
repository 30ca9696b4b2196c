import { systemClock } from '../clock.js';
import { invalidArgument, quote } from '../errors.js';
import type { InstrumentCatalog } from '../instruments/instrument-catalog.js';
import { type InstrumentSource } from '../instruments/instrument-catalog.js';
import type { Instrument } from '../instruments/instrument.js';
import type { Decimal } from '../money/decimal.js';
import { type DecimalInput } from '../money/decimal.js';
import { checkNumber } from '../options.js';
import { openingEntries, openingPosition } from './opening-balances.js';
import { checkedTerms, instrumentFinder, type CheckedTerms } from './portfolio-terms.js';
import type { Account, InstrumentFinder } from './ledger/account.js';
import { AppliedLedger } from './ledger/applied-ledger.js';
import type { CostMethod } from './ledger/cost-method.js';
import { effectiveEntries } from './ledger/effective-entries.js';
import { timeOf } from './ledger/entry-fields.js';
import { whole, type KnownSum } from './ledger/known-sum.js';
import type { Ledger } from './ledger/ledger.js';
import type {
  BookingEntry,
  CorrectedContent,
  LedgerEntry,
  LedgerEntryInput,
  TimeInput,
} from './ledger/ledger-entry.js';
import {
  PORTFOLIO_TERMS,
  checkedInput,
  type AdjustmentOptions,
  type EntryOptions,
  type PortfolioInput,
  type PortfolioSnapshot,
  type PortfolioTerms,
  type PositionInput,
  type TradeOptions,
} from './portfolio-input.js';
import { Position } from './position.js';
import type { NewSnapshot, StoredState } from './saving/stored-state.js';
import { keepRaw } from '../keep-raw.js';

/**
 * Holdings of one account, derived from a ledger: every change is an entry with an id that applies once. Immutable: every change
 * gives a new portfolio, so one that is stored or being valued cannot change under anyone's feet.
 *
 * ```ts
 * import { Portfolio } from 'tickmark';
 *
 * const portfolio = Portfolio.replay({ id: 'ada', currency: 'USD', costMethod: 'fifo' }, [
 *   { id: 'd1', at: '2026-03-02T09:00:00Z', type: 'deposit', amount: 5000, currency: 'USD' },
 *   { id: 'b1', at: '2026-03-02T15:00:00Z', type: 'buy', symbol: 'IBM', quantity: 10, price: 100 },
 *   { id: 's1', at: '2026-04-10T15:00:00Z', type: 'sell', symbol: 'IBM', quantity: 4, price: 130, fee: 1 },
 * ]);
 * portfolio.position('IBM')?.realizedPnl?.toString(); // '119'
 * ```
 */
export class Portfolio {
  static {
    keepRaw(this);
  }

  /** Version of the stored holdings this one was loaded from or saved as; 0 before the first save. */
  readonly version: number;
  readonly #terms: CheckedTerms;
  readonly #applied: AppliedLedger;
  /** What is stored at `version`; `null` when that is not known. */
  readonly #stored: StoredState | null;

  private constructor(
    terms: CheckedTerms,
    version: number,
    applied: AppliedLedger,
    stored: StoredState | null = null,
  ) {
    // Without types, `new Portfolio({ id, currency })` is a likely guess.
    if (!(applied instanceof AppliedLedger))
      throw invalidArgument('new Portfolio()', terms, 'Portfolio.create() or Portfolio.replay()');
    this.version = version;
    this.#stored = stored;
    this.#terms = terms;
    this.#applied = applied;
    Object.freeze(this);
  }

  /**
   * A new portfolio, never stored, with holdings as they stand.
   * @throws TickmarkError `INVALID_ARGUMENT`, `DUPLICATE_SYMBOL`, `UNKNOWN_CURRENCY`, `INVALID_DECIMAL`, `OUT_OF_RANGE`.
   */
  static create(input: PortfolioInput): Portfolio {
    return Portfolio.#of(checkedInput(input), openingEntries(input));
  }

  /**
   * A new portfolio with the holdings that a ledger leads to. Entries go by their time, in the order given where times are equal; an
   * id that comes twice applies once.
   * @throws TickmarkError as {@link Portfolio.apply}.
   */
  static replay(terms: PortfolioTerms, entries: Iterable<LedgerEntryInput>): Portfolio {
    return Portfolio.#of(checkedInput(terms, PORTFOLIO_TERMS), entries);
  }

  static #of(terms: PortfolioTerms, entries: Iterable<LedgerEntryInput>): Portfolio {
    const checked = checkedTerms(terms);
    const { currency, costMethod, catalog } = checked;
    if (typeof entries?.[Symbol.iterator] !== 'function')
      throw invalidArgument(`Portfolio ${quote(checked.id)}: entries`, entries, 'a list of entries');
    const start = AppliedLedger.empty(currency, costMethod, instrumentFinder(catalog));
    return new Portfolio(checked, 0, start.with(entries));
  }

  /**
   * The portfolio that a snapshot was taken of.
   * @throws TickmarkError as {@link Portfolio.apply}.
   */
  static fromSnapshot(snapshot: PortfolioSnapshot): Portfolio {
    return Portfolio.#of(snapshot, snapshot.entries).withVersion(snapshot.version);
  }

  /**
   * @internal A stored portfolio of which `read` knows what its first entries add up to; `null` where it does not, or where the entries do not
   * go on from there.
   * @param covered How many entries that are; `stored` has the others.
   */
  static restored(
    { version, entries, ...terms }: PortfolioSnapshot,
    covered: number,
    read: (currency: string, costMethod: CostMethod, find: InstrumentFinder) => AppliedLedger | null,
  ): Portfolio | null {
    const checked = checkedTerms(terms);
    const start = read(checked.currency, checked.costMethod, instrumentFinder(checked.catalog));
    if (!start) return null;
    try {
      const applied = start.with(entries);
      return new Portfolio(checked, version, applied, { applied, snapshotEntries: covered });
    } catch {
      return null;
    }
  }

  get id(): string {
    return this.#terms.id;
  }

  /** Currency that totals are given in. */
  get currency(): string {
    return this.#terms.currency;
  }

  /** Which lots a sale closes. */
  get costMethod(): CostMethod {
    return this.#terms.costMethod;
  }

  /** Labels to group portfolios by. */
  get tags(): Readonly<Record<string, string>> {
    return this.#terms.tags;
  }

  /** Open positions, in the order of their first entries. */
  get positions(): readonly Position[] {
    const positions: Position[] = [];
    for (const holding of this.#applied.account.holdings.values())
      if (holding.lots.length > 0) positions.push(new Position(holding));
    return positions;
  }

  /** The open position in a symbol. */
  position(symbol: string): Position | undefined {
    const holding = this.#applied.account.holdings.get(symbol);
    return holding && holding.lots.length > 0 ? new Position(holding) : undefined;
  }

  /** Cash by currency, minor units in their major one; a currency is listed from its first move on. */
  get cash(): ReadonlyMap<string, Decimal> {
    return new Map([...this.#applied.account.cash].map(([currency, { balance }]) => [currency, balance]));
  }

  /** Profit made on what was closed, by currency; `null` where a part is unknown. */
  get realizedPnl(): ReadonlyMap<string, Decimal | null> {
    const sums = new Map<string, Decimal | null>();
    for (const [currency, realized] of realizedByCurrency(this.#applied.account)) {
      const amount = whole(realized);
      if (amount?.isZero) continue;
      const known = sums.get(currency);
      sums.set(currency, known === undefined ? amount : known && amount && known.plus(amount).trimmed());
    }
    return sums;
  }

  /**
   * Whether all entries are in memory. Of a long ledger `PortfolioRepository.load` may read the last ones alone: then `entries` and whatever
   * else needs the earlier ones throws `LEDGER_NOT_LOADED`, and all else is as if they were there. `load(id, { ledger: 'whole' })` reads all.
   */
  get isLedgerLoaded(): boolean {
    return this.#applied.ledger.isWhole;
  }

  /**
   * Everything that was entered, by time; also what was cancelled or corrected later.
   * @throws TickmarkError `LEDGER_NOT_LOADED` unless {@link Portfolio.isLedgerLoaded}.
   */
  get entries(): readonly LedgerEntry[] {
    return this.wholeLedger('entries').toArray();
  }

  /**
   * Whether the ledger has an entry with an id.
   * @throws TickmarkError `LEDGER_NOT_LOADED` for an id that is not in memory, unless {@link Portfolio.isLedgerLoaded}.
   */
  hasEntry(id: string): boolean {
    return this.hasLoadedEntry(id) || this.wholeLedger(`hasEntry(${quote(id)})`).find(id) !== undefined;
  }

  /** @internal Whether an entry with an id is in memory. */
  hasLoadedEntry(id: string): boolean {
    return this.#applied.ledger.find(id) !== undefined;
  }

  /**
   * The entries that count, by time: without those that were cancelled, and with corrected ones as corrected.
   * @throws TickmarkError `LEDGER_NOT_LOADED` unless {@link Portfolio.isLedgerLoaded}.
   */
  get effectiveEntries(): readonly BookingEntry[] {
    return [...effectiveEntries(this.wholeLedger('effectiveEntries').toArray())];
  }

  /** Until when the books are closed, ms since 1970; `null` if they never were. */
  get closedUntil(): number | null {
    const until = this.#applied.ledger.closedUntil;
    return until === -Infinity ? null : until;
  }

  /** How many entries there are, in memory or not. */
  get entryCount(): number {
    return this.#applied.ledger.length;
  }

  /** @internal Time of the last entry that counts, ms since 1970; -Infinity without entries. */
  get lastEntryAt(): number {
    return this.#applied.latest;
  }

  /** @internal What the entries add up to; not to be changed. */
  get account(): Account {
    return this.#applied.account;
  }

  /** @internal Instruments of its symbols. */
  get catalog(): InstrumentCatalog {
    return this.#terms.catalog;
  }

  /**
   * Applies entries of the ledger. One that is known changes nothing. A late one is inserted by its time and what follows is replayed:
   * it is refused only if the replay fails. All entries apply or none.
   * @throws TickmarkError `ENTRY_CONFLICT` for an id that is known with other content; `BOOKS_CLOSED` for one that would change closed books;
   * `INVALID_ARGUMENT`, `INVALID_DECIMAL`, `OUT_OF_RANGE`, `UNKNOWN_CURRENCY`, `FRACTIONAL_SPLIT`: the message names the entry and the field;
   * `LEDGER_NOT_LOADED` for a late one, a cancellation or a correction, unless {@link Portfolio.isLedgerLoaded}. An id that is in the ledger
   * and not in memory is refused when the portfolio is saved, with `ENTRY_CONFLICT`.
   */
  apply(entries: LedgerEntryInput | readonly LedgerEntryInput[]): Portfolio {
    const given = Array.isArray(entries)
      ? (entries as readonly LedgerEntryInput[])
      : [entries as LedgerEntryInput];
    const applied = this.#applied.with(given);
    return applied === this.#applied ? this : this.#with(applied);
  }

  /** Enters a purchase: opens or adds to a long position, or closes a short one (and goes long past zero). Cash pays price and charges. */
  buy(symbol: string, quantity: DecimalInput, price: DecimalInput, options: TradeOptions = {}): Portfolio {
    return this.apply({
      ...options,
      ...this.#common(options),
      type: 'buy',
      symbol,
      quantity,
      price,
    } as LedgerEntryInput);
  }

  /** Enters a sale: closes a long position, or opens or adds to a short one (past zero it flips). Cash receives price less charges. */
  sell(symbol: string, quantity: DecimalInput, price: DecimalInput, options: TradeOptions = {}): Portfolio {
    return this.apply({
      ...options,
      ...this.#common(options),
      type: 'sell',
      symbol,
      quantity,
      price,
    } as LedgerEntryInput);
  }

  /**
   * Cancels an entry: holdings are as if it had never been made. Both stay in `entries`, and what follows is replayed.
   * @throws TickmarkError as {@link Portfolio.apply}; `LEDGER_NOT_LOADED` unless {@link Portfolio.isLedgerLoaded}.
   * @example
   * ```ts
   * import { Portfolio } from 'tickmark';
   *
   * const bought = Portfolio.create({ id: 'ada', currency: 'USD' }).buy('IBM', 10, 100, { id: 'b1' });
   * console.log(bought.cancel('b1').positions.length, bought.cancel('b1').entries.length); // 0 2
   * ```
   */
  cancel(entryId: string, options: AdjustmentOptions = {}): Portfolio {
    return this.apply({ ...options, ...this.#common(options), type: 'cancel', entry: entryId });
  }

  /**
   * Puts other content in the place of an entry, at its time unless `by` has another one. Both stay in `entries`, and what follows is replayed.
   * @param by The whole entry as it should have been, without its id.
   * @throws TickmarkError as {@link Portfolio.apply}; `LEDGER_NOT_LOADED` unless {@link Portfolio.isLedgerLoaded}.
   * @example
   * ```ts
   * import { Portfolio } from 'tickmark';
   *
   * const bought = Portfolio.create({ id: 'ada', currency: 'USD' }).buy('IBM', 10, 100, { id: 'b1' });
   * const right = bought.correct('b1', { type: 'buy', symbol: 'IBM', quantity: 10, price: '100.50' });
   * console.log(right.position('IBM')?.costBasis?.toString()); // '1005'
   * ```
   */
  correct(
    entryId: string,
    by: CorrectedContent<DecimalInput, TimeInput>,
    options: AdjustmentOptions = {},
  ): Portfolio {
    return this.apply({ ...options, ...this.#common(options), type: 'correct', entry: entryId, by });
  }

  /**
   * Closes the books: from now on entries before `until` are refused with `BOOKS_CLOSED`, and so are cancellations and corrections of such entries.
   * @throws TickmarkError `INVALID_ARGUMENT` for a time that is not past.
   */
  closeBooks(until: TimeInput, options: AdjustmentOptions = {}): Portfolio {
    return this.apply({ ...options, ...this.#common(options), type: 'closeBooks', until });
  }

  /**
   * Splits `from` units into `to` (2-for-1: `{ from: 1, to: 2 }`; reverse 1-for-10: `{ from: 10, to: 1 }`). Cost stays.
   * With `cashInLieuPrice` (per new unit) the fraction of a unit is paid out in cash as a sale.
   * @throws TickmarkError `FRACTIONAL_SPLIT` when the new quantity is no decimal of at most 18 digits after the point.
   */
  split(
    symbol: string,
    ratio: { from: DecimalInput; to: DecimalInput; cashInLieuPrice?: DecimalInput },
    options: EntryOptions = {},
  ): Portfolio {
    return this.apply({ ...options, ...this.#common(options), ...ratio, type: 'split', symbol });
  }

  /** Adds cash. */
  deposit(amount: DecimalInput, currency = this.currency, options: EntryOptions = {}): Portfolio {
    return this.apply({ ...options, ...this.#common(options), type: 'deposit', amount, currency });
  }

  /** Takes cash out; the balance may become negative. */
  withdraw(amount: DecimalInput, currency = this.currency, options: EntryOptions = {}): Portfolio {
    return this.apply({ ...options, ...this.#common(options), type: 'withdrawal', amount, currency });
  }

  /** Writes a holding down as it is, in place of any in the same symbol; cash stays. For holdings kept elsewhere. */
  withPosition(position: PositionInput, options: EntryOptions = {}): Portfolio {
    return this.apply({
      ...options,
      ...this.#common(options),
      ...openingPosition(position, `Portfolio ${quote(this.id)}`),
    });
  }

  /** Strikes a holding out; cash stays. */
  withoutPosition(symbol: string, options: EntryOptions = {}): Portfolio {
    return this.apply({ ...options, ...this.#common(options), type: 'openingPosition', symbol, quantity: 0 });
  }

  /** The same holdings at a stored version; for repositories. */
  withVersion(version: number): Portfolio {
    checkNumber('Portfolio.withVersion', version, { from: 0, isWhole: true });
    return new Portfolio(this.#terms, version, this.#applied, version === this.version ? this.#stored : null);
  }

  /**
   * @internal The same, known to be stored as it is at a version: a repository then saves what is changed alone.
   * @param snapshotEntries Entries that the stored snapshot covers; 0 without one.
   */
  asStored(version: number, snapshotEntries = 0): Portfolio {
    const applied = this.#applied;
    return new Portfolio(this.#terms, version, applied, { applied, snapshotEntries });
  }

  /** @internal The same as a save with `snapshotToSave` left it. */
  asSaved(version: number, snapshot: NewSnapshot | null): Portfolio {
    return this.asStored(version, snapshot ? snapshot.entries : (this.#stored?.snapshotEntries ?? 0));
  }

  /** @internal The entries that an earlier form of this portfolio, from which it has come, has not. */
  entriesSince(earlier: Portfolio): readonly LedgerEntry[] {
    return this.#applied.ledger.since(earlier.#applied.ledger);
  }

  /** @internal Its ledger, with what that adds up to. */
  get applied(): AppliedLedger {
    return this.#applied;
  }

  /** @internal What is stored at its version; `null` when that is not known. */
  get stored(): StoredState | null {
    return this.#stored;
  }

  /** @internal Everything of a snapshot but its entries. */
  get terms(): Omit<PortfolioSnapshot, 'entries'> {
    const { id, currency, costMethod, tags } = this.#terms;
    return { id, currency, costMethod, version: this.version, tags, instruments: this.#instruments() };
  }

  /**
   * The same ledger with other instruments, replayed.
   * @throws TickmarkError as {@link Portfolio.apply}; `LEDGER_NOT_LOADED` unless {@link Portfolio.isLedgerLoaded}.
   */
  withInstruments(instruments: InstrumentSource | InstrumentCatalog): Portfolio {
    this.wholeLedger('withInstruments()');
    const terms = checkedTerms({ ...this.#terms, instruments });
    const applied = this.#applied.withInstruments(instrumentFinder(terms.catalog));
    return new Portfolio(terms, this.version, applied);
  }

  /**
   * As plain data.
   * @throws TickmarkError `LEDGER_NOT_LOADED` unless {@link Portfolio.isLedgerLoaded}.
   */
  toSnapshot(): PortfolioSnapshot {
    return { ...this.terms, entries: inputs(this.wholeLedger('toSnapshot()')) };
  }

  /** Same as `toSnapshot()`, with its errors. */
  toJSON(): PortfolioSnapshot {
    return this.toSnapshot();
  }

  #with(applied: AppliedLedger): Portfolio {
    return new Portfolio(this.#terms, this.version, applied, this.#stored);
  }

  // An entry of now comes after all others, also where those are ahead of this machine's clock.
  #common({ id, at }: EntryOptions): { id: string; at: number } {
    return {
      id: id ?? globalThis.crypto.randomUUID(),
      at: at === undefined ? Math.max(systemClock.now(), this.#applied.ledger.lastAt) : timeOf(at, 'at'),
    };
  }

  /** @internal The ledger, with all entries. @param what Needs them. @throws TickmarkError `LEDGER_NOT_LOADED`. */
  wholeLedger(what: string): Ledger {
    this.#applied.ledger.checkWhole(`Portfolio ${quote(this.id)}: ${what}`);
    return this.#applied.ledger;
  }

  #instruments(): ReturnType<Instrument['toJSON']>[] {
    const { symbols } = this.#applied.ledger;
    return symbols.flatMap((symbol) => this.#terms.catalog.find(symbol)?.toJSON() ?? []);
  }
}

function* realizedByCurrency({
  holdings,
}: Account): Iterable<readonly [currency: string, realized: KnownSum]> {
  for (const { instrument, realizedLocal, realizedBefore } of holdings.values()) {
    yield* realizedBefore;
    yield [instrument.settlementCurrency, realizedLocal];
  }
}

// Decimals as strings, so that a snapshot is plain data.
function inputs(entries: Iterable<LedgerEntry>): LedgerEntryInput[] {
  return [...entries].map((entry) => JSON.parse(JSON.stringify(entry)) as LedgerEntryInput);
}
