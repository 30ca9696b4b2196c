import type { CorporateActionInput } from '../../../core/portfolio/corporate-actions/corporate-action.js';
import { HoldingsEditor } from '../../../core/portfolio/holdings-editor.js';
import type { LedgerEntryInput } from '../../../core/portfolio/ledger/ledger-entry.js';
import type { PortfolioRepository } from '../../../core/portfolio/portfolio-repository.js';
import { Portfolio } from '../../../core/portfolio/portfolio.js';
import type { RandomSource } from '../../../core/random.js';
import { assert, assertEqual } from '../../assertions.js';
import { plain } from '../sample-data.js';

/** Options of {@link playHistory}. */
export interface LedgerHistoryOptions {
  /** A repository on the store, as a process has after its start. */
  readonly open: () => PortfolioRepository;
  readonly random: RandomSource;
  /** How many things happen. */
  readonly steps: number;
  /** Tells the ids of one history from those of another one in the same store. */
  readonly name?: string;
}

const START = Date.UTC(2026, 0, 5);
const MINUTE = 60_000;
/** Steps from one look at everything to the next. */
const CHECK_EVERY = 25;

type Booked = LedgerEntryInput & { readonly at: number };

/**
 * Plays a random history of fills, late ones, repeats, cancellations, corrections and splits for all holders, by processes that start anew, and compares
 * what is stored with the ledger sorted by time and replayed once.
 * @throws ConformanceError for a store that ends otherwise.
 */
export async function playHistory(options: LedgerHistoryOptions): Promise<void> {
  const history = new LedgerHistory(options);
  await history.start();
  for (let step = 1; step <= options.steps; step++) {
    await history.step(step);
    if (step % CHECK_EVERY === 0 || step === options.steps) await history.check();
  }
}

class LedgerHistory {
  readonly #open: () => PortfolioRepository;
  readonly #random: RandomSource;
  readonly #terms: readonly Pick<Portfolio, 'id' | 'currency' | 'costMethod'>[];
  readonly #name: string;
  readonly #symbols: readonly string[];
  /** What was booked into each portfolio, in that order. */
  readonly #booked = new Map<string, Booked[]>();
  readonly #actions: Array<CorporateActionInput & { readonly at: number }> = [];
  #repository!: PortfolioRepository;
  #editor!: HoldingsEditor;
  #now = START;
  #number = 0;

  constructor({ open, random, name = 'history' }: LedgerHistoryOptions) {
    this.#open = open;
    this.#random = random;
    this.#name = name;
    // Actions are for all holders in the store.
    this.#symbols = ['A', 'B', 'C'].map((symbol) => `${name} ${symbol}`);
    this.#terms = (['average', 'fifo', 'hifo'] as const).map((costMethod) => {
      return { id: `${name} ${costMethod}`, currency: 'USD', costMethod };
    });
  }

  async start(): Promise<void> {
    this.#restart();
    for (const terms of this.#terms) {
      await this.#editor.create(Portfolio.replay(terms, []));
      this.#booked.set(terms.id, []);
    }
  }

  async step(number: number): Promise<void> {
    this.#number = number;
    this.#now += MINUTE;
    const { id } = this.#oneOf(this.#terms);
    const chance = this.#random();
    if (chance < 0.45) return this.#book(id, [this.#fill(this.#now)]);
    if (chance < 0.6) return this.#book(id, [this.#fill(this.#earlier())]);
    if (chance < 0.72) return this.#repeat(id);
    if (chance < 0.8) return this.#cancel(id);
    if (chance < 0.88) return this.#correct(id);
    if (chance < 0.94) return this.#split(chance < 0.91 ? this.#now : this.#earlier());
    this.#restart();
  }

  /** Compares everything that is stored with the ledgers, replayed once. */
  async check(): Promise<void> {
    for (const terms of this.#terms) {
      const expected = this.#replayed(terms.id);
      const whole = (await this.#repository.load(terms.id, { ledger: 'whole' }))!;
      const what = `${terms.id} after ${this.#number} steps`;
      assertEqual(plain(whole.entries), plain(expected.entries), `ledger of ${what}`);
      assertEqual(shown(whole), shown(expected), `holdings of ${what}, with all entries`);
      assertEqual(shown((await this.#repository.load(terms.id))!), shown(expected), `holdings of ${what}`);
    }
  }

  #restart(): void {
    this.#repository = this.#open();
    const bus = { publish: async () => undefined };
    this.#editor = new HoldingsEditor({ repository: this.#repository, bus, random: this.#random });
  }

  async #book(id: string, entries: readonly Booked[]): Promise<void> {
    const booked = this.#booked.get(id)!;
    const completed = this.#completed(id, entries);
    const isAccepted = completed !== null;
    const result = await this.#editor.book(id, entries).then(
      () => true,
      () => false,
    );
    const what = `booking ${JSON.stringify(entries)} into ${id}`;
    assert(result === isAccepted, `${what}: expected to be ${isAccepted ? 'booked' : 'refused'}`);
    if (completed) booked.push(...completed);
  }

  async #repeat(id: string): Promise<void> {
    const booked = this.#booked.get(id)!;
    if (booked.length === 0) return;
    const known = this.#oneOf(booked);
    if (this.#random() < 0.2) return this.#bookOther(id, known);
    const { booked: fresh, alreadyBooked } = await this.#editor.book(id, [known]);
    assertEqual([fresh, alreadyBooked], [[], [known.id]], `booking ${known.id} again`);
  }

  async #bookOther(id: string, known: Booked): Promise<void> {
    const code = await this.#editor.book(id, [{ ...known, at: known.at + 1 }]).then(
      () => 'no error',
      (error: unknown) => (error as { code?: unknown }).code,
    );
    assertEqual(code, 'ENTRY_CONFLICT', `booking other content under the id ${known.id}`);
  }

  async #cancel(id: string): Promise<void> {
    const target = this.#target(id);
    if (target)
      await this.#book(id, [{ id: this.#id('cancel'), at: this.#now, type: 'cancel', entry: target.id }]);
  }

  async #correct(id: string): Promise<void> {
    const target = this.#target(id);
    if (!target) return;
    const { id: _id, at: _at, ...by } = this.#fill(0);
    await this.#book(id, [
      { id: this.#id('correct'), at: this.#now, type: 'correct', entry: target.id, by } as Booked,
    ]);
  }

  async #split(at: number): Promise<void> {
    const action = {
      id: this.#id('split'),
      at,
      type: 'split',
      symbol: this.#oneOf(this.#symbols),
      from: this.#oneOf([1, 1, 3]),
      to: this.#oneOf([2, 5, 7]),
      cashInLieuPrice: 9,
    } as const;
    const { refused } = await this.#editor.corporateAction(action);
    this.#actions.push(action);
    for (const { id } of this.#terms) {
      const booked = this.#booked.get(id)!;
      if (!this.#held(booked, action)) continue;
      const completed = this.#completed(id, [action]);
      assertEqual(
        refused.some(({ portfolioId }) => portfolioId === id),
        completed === null,
        `whether ${id} refuses ${action.id}`,
      );
      if (completed) booked.push(...completed);
    }
  }

  // What is late may make a portfolio a holder at the time of actions that follow. `null`: it cannot be booked.
  #completed(id: string, entries: readonly Booked[]): Booked[] | null {
    const completed = [...entries];
    const before = this.#booked.get(id)!;
    if (!this.#isGood(id, [...before, ...completed])) return null;
    for (const action of [...this.#actions].sort((a, b) => a.at - b.at)) {
      const all = [...before, ...completed];
      const isLate = entries.some(
        ({ at, type }) => at <= action.at || type === 'cancel' || type === 'correct',
      );
      if (!isLate || all.some((entry) => entry.id === action.id) || !this.#held(all, action)) continue;
      completed.push(action);
      if (!this.#isGood(id, [...before, ...completed])) return null;
    }
    return completed;
  }

  #held(
    booked: readonly Booked[],
    { symbol, at }: { readonly symbol: string; readonly at: number },
  ): boolean {
    const { effectiveEntries } = Portfolio.replay({ id: 'x', currency: 'USD' }, booked);
    const before = effectiveEntries.filter((entry) => entry.at <= at);
    return Portfolio.replay({ id: 'x', currency: 'USD' }, before).position(symbol) !== undefined;
  }

  #isGood(id: string, booked: readonly Booked[]): boolean {
    try {
      this.#replay(id, booked);
      return true;
    } catch {
      return false;
    }
  }

  #replayed(id: string): Portfolio {
    return this.#replay(id, this.#booked.get(id)!);
  }

  #replay(id: string, booked: readonly Booked[]): Portfolio {
    return Portfolio.replay(
      this.#terms.find((terms) => terms.id === id)!,
      booked,
    );
  }

  #target(id: string): Booked | undefined {
    const booked = this.#booked
      .get(id)!
      .filter(({ type }) => type === 'buy' || type === 'sell' || type === 'deposit');
    return booked.length > 0 ? this.#oneOf(booked) : undefined;
  }

  #fill(at: number): Booked {
    const amount = 1 + Math.floor(this.#random() * 20);
    if (this.#random() < 0.1) return { id: this.#id('d'), at, type: 'deposit', amount, currency: 'USD' };
    return {
      id: this.#id('f'),
      at,
      type: this.#random() < 0.6 ? 'buy' : 'sell',
      symbol: this.#oneOf(this.#symbols),
      quantity: amount,
      price: (1 + this.#random() * 100).toFixed(2),
      fee: (this.#random() * 2).toFixed(2),
    };
  }

  #earlier(): number {
    return START + Math.floor((this.#random() * (this.#now - START)) / MINUTE) * MINUTE;
  }

  #id(kind: string): string {
    return `${this.#name} ${kind} ${this.#number}`;
  }

  #oneOf<Item>(list: readonly Item[]): Item {
    return list[Math.floor(this.#random() * list.length)]!;
  }
}

// Everything that a valuation is made from.
function shown(portfolio: Portfolio): unknown {
  return plain({
    positions: portfolio.positions.map((position) => {
      const { symbol, quantity, costBasis, baseCost, realizedPnl, lots } = position;
      return { symbol, quantity, costBasis, baseCost, realizedPnl, lots };
    }),
    cash: [...portfolio.cash],
    realized: [...portfolio.realizedPnl],
    closedUntil: portfolio.closedUntil,
    entryCount: portfolio.entryCount,
  });
}
