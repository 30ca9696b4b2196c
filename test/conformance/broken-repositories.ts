import { Decimal } from '../../src/core/money/decimal.js';
import type {
  PriceRecord,
  ValuationOutcome,
  ValuationRecord,
} from '../../src/core/portfolio/portfolio-repository.js';
import { mapFigures } from '../../src/core/portfolio/figures/portfolio-totals.js';
import { ConcurrencyError } from '../../src/core/errors.js';
import type { LedgerEntryInput } from '../../src/core/portfolio/ledger/ledger-entry.js';
import { Portfolio } from '../../src/core/portfolio/portfolio.js';
import type { SaveOutcome } from '../../src/core/portfolio/save-outcome.js';
import { InMemoryPortfolioRepository } from '../../src/memory/in-memory-portfolio-repository.js';
import { BROKEN_CORPORATE_ACTIONS } from './broken-corporate-actions.js';
import { BROKEN_HISTORIES } from './broken-histories.js';
import { BROKEN_LEDGERS } from './broken-ledgers.js';
import { BROKEN_SHARDS } from './broken-shards.js';
import { BROKEN_SNAPSHOTS } from './broken-snapshots.js';

class IgnoresVersions extends InMemoryPortfolioRepository {
  override async save(portfolio: Portfolio): Promise<Portfolio> {
    const version = (await this.load(portfolio.id))?.version ?? portfolio.version;
    return super.save(portfolio.withVersion(version));
  }
}

class ReadsAndThenWrites extends InMemoryPortfolioRepository {
  override async save(portfolio: Portfolio): Promise<Portfolio> {
    const stored = await this.load(portfolio.id);
    if (stored?.version !== portfolio.version) return super.save(portfolio);
    for (;;) {
      const { version } = (await this.load(portfolio.id))!;
      const saved = await super.save(portfolio.withVersion(version)).catch(() => undefined);
      if (saved) return saved;
    }
  }
}

class UpsertsUnknown extends InMemoryPortfolioRepository {
  override async save(portfolio: Portfolio): Promise<Portfolio> {
    const exists = (await this.load(portfolio.id)) !== null;
    return super.save(exists ? portfolio : portfolio.withVersion(0));
  }
}

class SavesAllOrNothing extends InMemoryPortfolioRepository {
  override async saveMany(portfolios: readonly Portfolio[]): Promise<SaveOutcome[]> {
    const stored = await this.loadMany(portfolios.map(({ id }) => id));
    const versions = new Map(stored.map(({ id, version }) => [id, version]));
    const refused = portfolios.find(({ id, version }) => (versions.get(id) ?? 0) !== version);
    if (!refused) return super.saveMany(portfolios);
    return portfolios.map(({ id, version }) => ({
      outcome: 'conflict',
      error: new ConcurrencyError(id, version, versions.get(id)),
    }));
  }
}

class ReturnsSavedFirst extends InMemoryPortfolioRepository {
  override async saveMany(portfolios: readonly Portfolio[]): Promise<SaveOutcome[]> {
    const outcomes = await super.saveMany(portfolios);
    return outcomes.sort((a, b) => Number(b.outcome === 'saved') - Number(a.outcome === 'saved'));
  }
}

class SavesTheLastOfEachId extends InMemoryPortfolioRepository {
  override async saveMany(portfolios: readonly Portfolio[]): Promise<SaveOutcome[]> {
    const last = new Map(portfolios.map((each) => [each.id, each]));
    const outcomes = await super.saveMany([...last.values()]);
    const ids = [...last.keys()];
    return portfolios.map(({ id }) => outcomes[ids.indexOf(id)]!);
  }
}

class RetriesConflictsOfSets extends InMemoryPortfolioRepository {
  override async saveMany(portfolios: readonly Portfolio[]): Promise<SaveOutcome[]> {
    const outcomes = await super.saveMany(portfolios);
    for (const [at, { outcome }] of outcomes.entries()) {
      if (outcome !== 'conflict') continue;
      const { version } = (await this.load(portfolios[at]!.id))!;
      [outcomes[at]] = (await super.saveMany([portfolios[at]!.withVersion(version)])) as [SaveOutcome];
    }
    return outcomes;
  }
}

class ReturnsWhatWasGiven extends InMemoryPortfolioRepository {
  override async saveMany(portfolios: readonly Portfolio[]): Promise<SaveOutcome[]> {
    const outcomes = await super.saveMany(portfolios);
    return outcomes.map((each, at) =>
      each.outcome === 'saved' ? { outcome: 'saved', portfolio: portfolios[at]! } : each,
    );
  }
}

class CallsConflictsSaved extends InMemoryPortfolioRepository {
  override async saveValuations(valuations: readonly ValuationRecord[]): Promise<ValuationOutcome[]> {
    const outcomes = await super.saveValuations(valuations);
    return outcomes.map((outcome) => (outcome === 'conflict' ? 'saved' : outcome));
  }
}

/** Stores the valuations that `accepts` selects; the outcomes of the others are those of the good repository. */
abstract class OwnValuations extends InMemoryPortfolioRepository {
  readonly #stored = new Map<string, ValuationRecord>();

  protected abstract accepts(outcome: ValuationOutcome, offered: ValuationRecord): boolean;
  protected taken(offered: ValuationRecord): ValuationRecord {
    return { ...offered };
  }

  override async saveValuations(valuations: readonly ValuationRecord[]): Promise<ValuationOutcome[]> {
    const outcomes = await super.saveValuations(valuations);
    return outcomes.map((outcome, at) => {
      const offered = valuations[at];
      if (!offered || !this.accepts(outcome, offered)) return outcome;
      this.#stored.set(offered.portfolioId, this.taken(offered));
      return 'saved';
    });
  }

  override async loadValuations(ids: readonly string[]): Promise<ValuationRecord[]> {
    return [...new Set(ids)].flatMap((id) => this.#stored.get(id) ?? []);
  }
}

class AcceptsOlderValuations extends OwnValuations {
  protected override accepts(outcome: ValuationOutcome): boolean {
    return outcome === 'saved' || outcome === 'outdated';
  }
}

class KeepsValuationsOfDeletedPortfolios extends OwnValuations {
  protected override accepts(outcome: ValuationOutcome): boolean {
    return outcome === 'saved';
  }
}

class AliasesRecords extends OwnValuations {
  protected override accepts(outcome: ValuationOutcome): boolean {
    return outcome === 'saved';
  }

  protected override taken(offered: ValuationRecord): ValuationRecord {
    return offered;
  }
}

class StoresZeroForUnknown extends InMemoryPortfolioRepository {
  override saveValuations(valuations: readonly ValuationRecord[]): Promise<ValuationOutcome[]> {
    return super.saveValuations(
      valuations.map((each) => ({ ...each, marketValue: each.marketValue ?? Decimal.ZERO })),
    );
  }
}

class IgnoresTheOrder extends InMemoryPortfolioRepository {
  override saveValuations(valuations: readonly ValuationRecord[]): Promise<ValuationOutcome[]> {
    return super.saveValuations(valuations.map((each) => ({ ...each, priceOrder: '' })));
  }
}

class ComparesOrdersByDictionary extends InMemoryPortfolioRepository {
  override saveValuations(valuations: readonly ValuationRecord[]): Promise<ValuationOutcome[]> {
    return super.saveValuations(
      valuations.map((each) => ({ ...each, priceOrder: each.priceOrder.toLowerCase() })),
    );
  }
}

class IgnoresTheBasis extends InMemoryPortfolioRepository {
  override saveValuations(valuations: readonly ValuationRecord[]): Promise<ValuationOutcome[]> {
    return super.saveValuations(valuations.map((each) => ({ ...each, basis: '' })));
  }
}

class RefusesEqualOrders extends InMemoryPortfolioRepository {
  override async saveValuations(valuations: readonly ValuationRecord[]): Promise<ValuationOutcome[]> {
    const outcomes: ValuationOutcome[] = [];
    for (const each of valuations) {
      const [stored] = await this.loadValuations([each.portfolioId]);
      const isEqual = stored?.priceOrder === each.priceOrder;
      outcomes.push(isEqual ? 'outdated' : (await super.saveValuations([each]))[0]!);
    }
    return outcomes;
  }
}

class IgnoresWhenItWasComputed extends InMemoryPortfolioRepository {
  override saveValuations(valuations: readonly ValuationRecord[]): Promise<ValuationOutcome[]> {
    return super.saveValuations(valuations.map((each) => ({ ...each, valuedAt: 9e12 })));
  }
}

class OrdersPricesByVenueTime extends InMemoryPortfolioRepository {
  override savePrices(prices: readonly PriceRecord[]): Promise<void> {
    return super.savePrices(
      prices.map((price) => ({ ...price, stamp: { ...price.stamp, venueTime: price.timestamp } })),
    );
  }
}

class ForgetsGaps extends InMemoryPortfolioRepository {
  override async savePrices(prices: readonly PriceRecord[]): Promise<void> {
    await super.savePrices(prices.map((price) => ({ ...price, gap: 0 })));
  }
}

class IgnoresEarlierRowsOfTheSet extends InMemoryPortfolioRepository {
  override async saveValuations(valuations: readonly ValuationRecord[]): Promise<ValuationOutcome[]> {
    const newest = new Map(valuations.map((each) => [each.portfolioId, each]));
    const outcomes = await super.saveValuations([...newest.values()]);
    const ids = [...newest.keys()];
    return valuations.map(({ portfolioId }) => outcomes[ids.indexOf(portfolioId)]!);
  }
}

class ReturnsOutcomesInAnotherOrder extends InMemoryPortfolioRepository {
  override saveValuations(valuations: readonly ValuationRecord[]): Promise<ValuationOutcome[]> {
    return super.saveValuations([...valuations].sort((x, y) => (x.portfolioId < y.portfolioId ? -1 : 1)));
  }
}

class CountsValuationsAsTrades extends InMemoryPortfolioRepository {
  override async saveValuations(valuations: readonly ValuationRecord[]): Promise<ValuationOutcome[]> {
    const outcomes = await super.saveValuations(valuations);
    for (const { portfolioId } of valuations) {
      const stored = await this.load(portfolioId);
      if (stored) await super.save(stored).catch(() => undefined);
    }
    return outcomes;
  }
}

class ForgetsDeletedVersions extends InMemoryPortfolioRepository {
  readonly #lives = new Map<string, number>();

  override load(id: string): Promise<Portfolio | null> {
    return super.load(this.#nameOf(id)).then((found) => found && renamed(found, id));
  }

  override async save(portfolio: Portfolio): Promise<Portfolio> {
    return renamed(await super.save(renamed(portfolio, this.#nameOf(portfolio.id))), portfolio.id);
  }

  override async delete(id: string, expectedVersion: number): Promise<void> {
    await super.delete(this.#nameOf(id), expectedVersion);
    this.#lives.set(id, (this.#lives.get(id) ?? 0) + 1);
  }

  #nameOf(id: string): string {
    const life = this.#lives.get(id);
    return life ? `${id}#${life}` : id;
  }
}

class CalculatesInFloats extends InMemoryPortfolioRepository {
  override save(portfolio: Portfolio): Promise<Portfolio> {
    const snapshot = portfolio.toSnapshot();
    const entries = snapshot.entries.map((each) =>
      'quantity' in each ? { ...each, quantity: Decimal.from(Number(each.quantity)).toString() } : each,
    );
    return super.save(Portfolio.fromSnapshot({ ...snapshot, entries }));
  }
}

class SortsPositions extends InMemoryPortfolioRepository {
  override save(portfolio: Portfolio): Promise<Portfolio> {
    const snapshot = portfolio.toSnapshot();
    const entries = [...snapshot.entries].sort((x, y) => (symbolOf(x) < symbolOf(y) ? -1 : 1));
    return super.save(Portfolio.fromSnapshot({ ...snapshot, entries }));
  }
}

class TrimsIds extends InMemoryPortfolioRepository {
  override load(id: string): Promise<Portfolio | null> {
    return super.load(id.trim());
  }

  override save(portfolio: Portfolio): Promise<Portfolio> {
    return super.save(renamed(portfolio, portfolio.id.trim()));
  }
}

class NeverForgetsHolders extends InMemoryPortfolioRepository {
  readonly #seen = new Map<string, Set<string>>();

  override async save(portfolio: Portfolio): Promise<Portfolio> {
    const saved = await super.save(portfolio);
    for (const { symbol } of saved.positions) {
      this.#seen.set(symbol, (this.#seen.get(symbol) ?? new Set()).add(saved.id));
    }
    return saved;
  }

  override async findHolders(symbol: string): Promise<string[]> {
    return [...(this.#seen.get(symbol) ?? [])];
  }
}

class StreamsTwice extends InMemoryPortfolioRepository {
  override async *stream(): AsyncIterable<Portfolio> {
    let first: Portfolio | undefined;
    for await (const portfolio of super.stream()) {
      first ??= portfolio;
      yield portfolio;
    }
    if (first) yield first;
  }
}

class TakesAnyPrice extends InMemoryPortfolioRepository {
  readonly #last = new Map<string, PriceRecord>();

  override async savePrices(prices: readonly PriceRecord[]): Promise<void> {
    for (const price of prices) this.#last.set(price.symbol, { ...this.#last.get(price.symbol), ...price });
  }

  override async loadPrices(): Promise<PriceRecord[]> {
    return [...this.#last.values()];
  }
}

const symbolOf = (entry: LedgerEntryInput): string => ('symbol' in entry ? (entry.symbol ?? '') : '');

class ReturnsPricesAsText extends InMemoryPortfolioRepository {
  override async loadPrices(): Promise<PriceRecord[]> {
    return JSON.parse(JSON.stringify(await super.loadPrices())) as PriceRecord[];
  }
}

class ReturnsValuationsAsText extends InMemoryPortfolioRepository {
  override async loadValuations(ids: readonly string[]): Promise<ValuationRecord[]> {
    return JSON.parse(JSON.stringify(await super.loadValuations(ids))) as ValuationRecord[];
  }
}

/** Refuses totals of more digits than a price may have. */
class ReadsTotalsAsPrices extends InMemoryPortfolioRepository {
  override async loadValuations(ids: readonly string[]): Promise<ValuationRecord[]> {
    const read = (amount: Decimal | null) => amount && Decimal.from(amount.toString());
    const stored = await super.loadValuations(ids);
    return stored.map((each) => ({ ...each, ...mapFigures((name) => read(each[name])) }));
  }
}

/** Forgets what was cancelled or corrected, and that. */
class KeepsWhatCounts extends InMemoryPortfolioRepository {
  override async save(portfolio: Portfolio): Promise<Portfolio> {
    const { entries: _all, ...terms } = portfolio.toSnapshot();
    return super.save(Portfolio.replay(terms, portfolio.effectiveEntries).withVersion(portfolio.version));
  }
}

/** Keeps entries in the order in which they were saved, as if all happened then. */
class DatesEntriesByTheirSave extends InMemoryPortfolioRepository {
  override async save(portfolio: Portfolio): Promise<Portfolio> {
    const { entries, ...terms } = portfolio.toSnapshot();
    const known = (await this.load(portfolio.id))?.entries ?? [];
    const places = new Map(known.map(({ id }, place) => [id, place]));
    const inOrder = [...entries].sort((a, b) => (places.get(a.id) ?? 1e9) - (places.get(b.id) ?? 1e9));
    const dated = inOrder.map((entry, place) => ({ ...entry, at: place }));
    return super.save(Portfolio.replay(terms, dated).withVersion(portfolio.version));
  }
}

/** Appends what it is given, whichever version it came from. */
class AppliesTwice extends InMemoryPortfolioRepository {
  override async save(portfolio: Portfolio): Promise<Portfolio> {
    const stored = await this.load(portfolio.id);
    if (!stored || stored.version === portfolio.version) return super.save(portfolio);
    const entries = portfolio.entries.map((entry) => ({ ...entry, id: `${entry.id} again` }));
    return super.save(stored.apply(entries));
  }
}

function renamed(portfolio: Portfolio, id: string): Portfolio {
  return id === portfolio.id ? portfolio : Portfolio.fromSnapshot({ ...portfolio.toSnapshot(), id });
}

/** Each repository has one fault, and breaks the rule beside it. */
export const BROKEN_REPOSITORIES: readonly [new () => InMemoryPortfolioRepository, string][] = [
  [
    SavesAllOrNothing,
    'saveMany() accepts or rejects each portfolio individually and returns outcomes in order',
  ],
  [
    ReturnsSavedFirst,
    'saveMany() accepts or rejects each portfolio individually and returns outcomes in order',
  ],
  [SavesTheLastOfEachId, 'saveMany() of two changes of one portfolio compares the second with the first'],
  [
    RetriesConflictsOfSets,
    'saveMany() accepts or rejects each portfolio individually and returns outcomes in order',
  ],
  [
    RetriesConflictsOfSets,
    'when overlapping sets are saved at the same time, each portfolio is saved by exactly one of them',
  ],
  [ReturnsWhatWasGiven, 'saveMany() stores new and changed portfolios, each one version higher'],
  [IgnoresVersions, 'a save that expects another version fails with VERSION_CONFLICT and changes nothing'],
  [IgnoresVersions, 'a new portfolio with an existing id fails with VERSION_CONFLICT'],
  [ReadsAndThenWrites, 'of two saves that expect the same version, exactly one succeeds'],
  [
    ReadsAndThenWrites,
    'when 20 writers load, change and save, one succeeds per version and no change is lost',
  ],
  [UpsertsUnknown, 'a save that expects a version of an unknown id fails with PORTFOLIO_NOT_FOUND'],
  [UpsertsUnknown, 'save() and delete() of a deleted portfolio fail with PORTFOLIO_DELETED'],
  [CallsConflictsSaved, 'a valuation of an older version of the holdings is a conflict'],
  [CallsConflictsSaved, 'versions from before a deletion are rejected once the id is used again'],
  [
    AcceptsOlderValuations,
    'a valuation with a smaller priceOrder never replaces one with a greater priceOrder',
  ],
  [AcceptsOlderValuations, 'when valuations arrive in any order, the one with the newest prices is kept'],
  [AcceptsOlderValuations, 'a valuation with the same figures as the stored one is outdated'],
  [KeepsValuationsOfDeletedPortfolios, 'delete() removes the valuation'],
  [AliasesRecords, 'changing a valuation after saveValuations() does not change the stored one'],
  [AliasesRecords, 'changing a loaded valuation does not change the stored one'],
  [StoresZeroForUnknown, 'unknown figures are stored as null, never as 0'],
  [
    IgnoresTheOrder,
    'a valuation with a greater priceOrder replaces one with a smaller priceOrder, even if computed earlier',
  ],
  [IgnoresTheOrder, 'a valuation with a smaller priceOrder never replaces one with a greater priceOrder'],
  [ComparesOrdersByDictionary, 'priceOrder is compared byte by byte'],
  [
    IgnoresTheBasis,
    'of two valuations with different bases, the one computed later is kept, whatever their priceOrder',
  ],
  [RefusesEqualOrders, 'a later valuation with the same priceOrder and other figures is saved'],
  [IgnoresWhenItWasComputed, 'an earlier valuation with the same priceOrder never replaces a later one'],
  [OrdersPricesByVenueTime, 'prices are ordered by their stamps alone: by venue time, then by arrival'],
  [ForgetsGaps, 'a gap makes an earlier price stale, and stays stored whatever is saved later'],
  [
    IgnoresEarlierRowsOfTheSet,
    'saveValuations() of two valuations of one portfolio compares the second with the first',
  ],
  [
    ReturnsOutcomesInAnotherOrder,
    'saveValuations() accepts or rejects each valuation individually and returns outcomes in order',
  ],
  [CountsValuationsAsTrades, 'a valuation changes neither version nor holdings'],
  [CountsValuationsAsTrades, 'concurrent valuations never make a save fail'],
  [ForgetsDeletedVersions, 'a deleted id can be used again, at a version above all earlier ones'],
  [ForgetsDeletedVersions, 'save() and delete() of a deleted portfolio fail with PORTFOLIO_DELETED'],
  [CalculatesInFloats, 'decimals are stored exactly'],
  [KeepsWhatCounts, 'cancellations, corrections and closed books load with the entries that they are about'],
  [DatesEntriesByTheirSave, 'entries load by their time, however they were saved'],
  [AppliesTwice, 'an entry that two writers save applies once'],
  [ReturnsPricesAsText, 'prices load as they were saved, one for each symbol'],
  [ReturnsValuationsAsText, 'totals of more digits than a price may have are stored exactly'],
  [ReadsTotalsAsPrices, 'totals of more digits than a price may have are stored exactly'],
  [SortsPositions, 'a portfolio loads with all its fields, and its positions in order'],
  [TrimsIds, 'ids are compared character by character'],
  [NeverForgetsHolders, 'findHolders() follows opened and closed positions'],
  [StreamsTwice, 'stream() yields every portfolio once'],
  [TakesAnyPrice, 'an older price never replaces a newer one'],
  [TakesAnyPrice, 'a newer price replaces all fields of an older one'],
  ...BROKEN_HISTORIES,
  ...BROKEN_LEDGERS,
  ...BROKEN_CORPORATE_ACTIONS,
  ...BROKEN_SNAPSHOTS,
  ...BROKEN_SHARDS,
];
