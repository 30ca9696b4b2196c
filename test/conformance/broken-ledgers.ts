import { RepositoryError } from '../../src/core/errors.js';
import type { LedgerEntry } from '../../src/core/portfolio/ledger/ledger-entry.js';
import type { LedgerRange } from '../../src/core/portfolio/ledger/ledger-range.js';
import type { Portfolio } from '../../src/core/portfolio/portfolio.js';
import { InMemoryPortfolioRepository } from '../../src/memory/in-memory-portfolio-repository.js';

const PAGE = 1000;
const MS = 1;

/** Yields something else than the entries of the good repository. */
abstract class OtherEntries extends InMemoryPortfolioRepository {
  protected abstract others(entries: LedgerEntry[], portfolio: Portfolio | null): readonly LedgerEntry[];

  override async *ledger(id: string, range?: LedgerRange): AsyncIterable<LedgerEntry> {
    const entries: LedgerEntry[] = [];
    for await (const entry of super.ledger(id, range)) entries.push(entry);
    yield* this.others(entries, await this.load(id));
  }
}

class YieldsWhatCounts extends OtherEntries {
  protected override others(entries: LedgerEntry[], portfolio: Portfolio | null): readonly LedgerEntry[] {
    const counting = new Map(portfolio?.effectiveEntries.map((entry) => [entry.id, entry]));
    return entries.flatMap(({ id }) => counting.get(id) ?? []);
  }
}

class YieldsJson extends OtherEntries {
  protected override others(entries: LedgerEntry[]): readonly LedgerEntry[] {
    return JSON.parse(JSON.stringify(entries)) as LedgerEntry[];
  }
}

class OrdersByTimeAndId extends OtherEntries {
  protected override others(entries: LedgerEntry[]): readonly LedgerEntry[] {
    return entries.sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));
  }
}

class YieldsAPage extends OtherEntries {
  protected override others(entries: LedgerEntry[]): readonly LedgerEntry[] {
    return entries.slice(0, PAGE);
  }
}

/** The next page begins after the time of the last entry. */
class PagesByTime extends OtherEntries {
  protected override others(entries: LedgerEntry[]): readonly LedgerEntry[] {
    const read: LedgerEntry[] = [];
    for (let rest = entries; rest.length > 0; rest = rest.filter(({ at }) => at > read.at(-1)!.at))
      read.push(...rest.slice(0, PAGE));
    return read;
  }
}

class IgnoresTheRange extends InMemoryPortfolioRepository {
  override ledger(id: string): AsyncIterable<LedgerEntry> {
    return super.ledger(id);
  }
}

class IncludesTheEnd extends InMemoryPortfolioRepository {
  override ledger(id: string, { from, to }: LedgerRange = {}): AsyncIterable<LedgerEntry> {
    return super.ledger(id, { from, to: to === undefined ? to : new Date(to).getTime() + MS });
  }
}

class ExcludesTheStart extends InMemoryPortfolioRepository {
  override ledger(id: string, { from, to }: LedgerRange = {}): AsyncIterable<LedgerEntry> {
    return super.ledger(id, { from: from === undefined ? from : new Date(from).getTime() + MS, to });
  }
}

class TakesTimesWithoutAZone extends InMemoryPortfolioRepository {
  override ledger(id: string, { from, to }: LedgerRange = {}): AsyncIterable<LedgerEntry> {
    return super.ledger(id, { from: from === undefined ? from : new Date(from), to });
  }
}

class OrdersBySave extends InMemoryPortfolioRepository {
  readonly #order = new Map<string, number>();

  override async save(portfolio: Portfolio): Promise<Portfolio> {
    for (const { id } of portfolio.entries) if (!this.#order.has(id)) this.#order.set(id, this.#order.size);
    return super.save(portfolio);
  }

  override async *ledger(id: string, range?: LedgerRange): AsyncIterable<LedgerEntry> {
    const entries: LedgerEntry[] = [];
    for await (const entry of super.ledger(id, range)) entries.push(entry);
    yield* entries.sort((a, b) => this.#order.get(a.id)! - this.#order.get(b.id)!);
  }
}

/** Nothing is written while somebody reads. */
class LocksReaders extends InMemoryPortfolioRepository {
  #readers = 0;

  override async save(portfolio: Portfolio): Promise<Portfolio> {
    if (this.#readers > 0) throw new RepositoryError('Somebody reads.');
    return super.save(portfolio);
  }

  override async *ledger(id: string, range?: LedgerRange): AsyncIterable<LedgerEntry> {
    this.#readers++;
    yield* super.ledger(id, range);
    this.#readers--;
  }
}

class HasEmptyLedgersForUnknownIds extends InMemoryPortfolioRepository {
  override async *ledger(id: string, range?: LedgerRange): AsyncIterable<LedgerEntry> {
    if (await this.load(id)) yield* super.ledger(id, range);
  }
}

class CallsDeletedOnesUnknown extends InMemoryPortfolioRepository {
  override async *ledger(id: string, range?: LedgerRange): AsyncIterable<LedgerEntry> {
    const isStored = (await this.load(id)) !== null;
    yield* super.ledger(isStored ? id : 'unknown', range);
  }
}

class KeepsLedgersOfDeletedPortfolios extends InMemoryPortfolioRepository {
  readonly #deleted = new Map<string, readonly LedgerEntry[]>();

  override async delete(id: string, version: number): Promise<void> {
    const entries = (await this.load(id))?.entries ?? [];
    await super.delete(id, version);
    this.#deleted.set(id, entries);
  }

  override async *ledger(id: string, range?: LedgerRange): AsyncIterable<LedgerEntry> {
    yield* this.#deleted.get(id) ?? [];
    yield* super.ledger(id, range);
  }
}

/** Reads a page of what is stored at that moment. */
abstract class Pages extends InMemoryPortfolioRepository {
  protected abstract rest(
    entries: readonly LedgerEntry[],
    read: readonly LedgerEntry[],
  ): readonly LedgerEntry[];

  override async *ledger(id: string, range?: LedgerRange): AsyncIterable<LedgerEntry> {
    yield* super.ledger(id, { ...range, to: range?.from ?? 0 });
    const read: LedgerEntry[] = [];
    while (true) {
      const entries = (await this.load(id))?.entries ?? [];
      const page = this.rest(entries, read).slice(0, PAGE);
      yield* page;
      read.push(...page);
      if (page.length < PAGE) return;
    }
  }
}

class PagesByOffset extends Pages {
  protected override rest(
    entries: readonly LedgerEntry[],
    read: readonly LedgerEntry[],
  ): readonly LedgerEntry[] {
    return entries.slice(read.length);
  }
}

class EndsWhereItWasDeleted extends Pages {
  protected override rest(
    entries: readonly LedgerEntry[],
    read: readonly LedgerEntry[],
  ): readonly LedgerEntry[] {
    return entries.slice(entries.findIndex(({ id }) => id === read.at(-1)?.id) + 1);
  }
}

/** Yields a late entry when it comes to know of it. */
class AppendsWhatWasSaved extends InMemoryPortfolioRepository {
  override async *ledger(id: string, range?: LedgerRange): AsyncIterable<LedgerEntry> {
    const read = new Set<string>();
    for (let found = -1; found < read.size;) {
      found = read.size;
      for await (const entry of super.ledger(id, range)) {
        if (read.has(entry.id)) continue;
        read.add(entry.id);
        yield entry;
      }
    }
  }
}

const AS_ENTERED =
  'ledger() yields entries as they were entered, also corrected and cancelled ones and what did that';
const RANGE = 'ledger() yields what is from `from` on and before `to`';
const ORDER = 'ledger() yields entries by time, and those of one time in the order of the ledger';
const THOUSANDS = 'ledger() yields each of thousands of entries once, also of one time';
const FIRST =
  'the first entry of ledger() rejects for an unknown or deleted id, and there is none in an empty ledger';
const WHILE_SAVED = 'ledger() yields each entry that was there once, in order, while others are saved';

/** Each repository has one fault in `ledger()`, and breaks the rule beside it. */
export const BROKEN_LEDGERS: readonly [new () => InMemoryPortfolioRepository, string][] = [
  [YieldsWhatCounts, AS_ENTERED],
  [YieldsJson, AS_ENTERED],
  [IgnoresTheRange, RANGE],
  [IncludesTheEnd, RANGE],
  [ExcludesTheStart, RANGE],
  [TakesTimesWithoutAZone, RANGE],
  [OrdersBySave, ORDER],
  [OrdersByTimeAndId, ORDER],
  [YieldsAPage, THOUSANDS],
  [PagesByTime, THOUSANDS],
  [LocksReaders, 'leaving ledger() early does not block later calls'],
  [HasEmptyLedgersForUnknownIds, FIRST],
  [CallsDeletedOnesUnknown, FIRST],
  [
    KeepsLedgersOfDeletedPortfolios,
    'a deleted id that is used again has the entries of its new ledger alone',
  ],
  [PagesByOffset, WHILE_SAVED],
  [AppendsWhatWasSaved, WHILE_SAVED],
  [EndsWhereItWasDeleted, 'ledger() never ends early as if that were all, when the portfolio is deleted'],
];
