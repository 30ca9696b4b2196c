import type { DayResult } from '../../src/core/calendars/day-store.js';
import { Decimal } from '../../src/core/money/decimal.js';
import { PlainDayStore } from './plain-day-store.js';

/** A store that changes each result on its way in. */
const changing = (change: (result: DayResult) => DayResult) =>
  class extends PlainDayStore {
    protected override storedResult(result: DayResult): DayResult {
      return change({ ...result });
    }
  };

/** A store that decides in another way which result stays. */
const deciding = (replaces: (known: DayResult, offered: DayResult) => boolean) =>
  class extends PlainDayStore {
    protected override resultReplaces(known: DayResult, offered: DayResult): boolean {
      return replaces(known, offered);
    }
  };

/** A store that takes different results for the same. */
const naming = (nameOf: (result: DayResult) => unknown) =>
  class extends PlainDayStore {
    protected override resultName(result: DayResult): string {
      return JSON.stringify(nameOf(result));
    }
  };

class MergesResults extends PlainDayStore {
  protected override putResult(result: DayResult): void {
    const known = this.results.get(this.resultName(result));
    super.putResult({ ...result, currency: known?.currency ?? result.currency });
  }
}

class StopsAtAnIgnoredOne extends PlainDayStore {
  override async saveResults(results: readonly DayResult[]): Promise<void> {
    for (const result of results) {
      const known = this.results.get(this.resultName(result));
      if (known && !this.resultReplaces(known, result)) return;
      this.putResult(result);
    }
  }
}

class StoresOneByOne extends PlainDayStore {
  override async saveResults(results: readonly DayResult[]): Promise<void> {
    for (const result of [...results]) await super.saveResults([result]);
  }
}

class ForgetsTheRest extends PlainDayStore {
  override saveResults(results: readonly DayResult[]): Promise<void> {
    return super.saveResults(results.slice(0, 1_000));
  }
}

class ReplacesAll extends PlainDayStore {
  override saveResults(results: readonly DayResult[]): Promise<void> {
    this.results.clear();
    return super.saveResults(results);
  }
}

class ReadsThenWrites extends PlainDayStore {
  override async saveResults(results: readonly DayResult[]): Promise<void> {
    const better = results.filter((result) => {
      const known = this.results.get(this.resultName(result));
      return !known || this.resultReplaces(known, result);
    });
    await Promise.resolve();
    for (const result of better) this.results.set(this.resultName(result), { ...result });
  }
}

class KeepsWhatItWasGiven extends PlainDayStore {
  protected override storedResult(result: DayResult): DayResult {
    return result;
  }
}

const OF_ITS_OWN = 'each portfolio, date and calendar has a result of its own';
const MORE_REPLACES = 'a result with more official closes replaces the stored one, as a whole';
const AS_MANY_REPLACES = 'a result with as many official closes replaces the stored one';
const FEWER = 'a result with fewer official closes is ignored, and the others of its list are stored';
const FIELDS = 'a result loads with all its fields; what is unknown is null, and not 0';
const DIGITS = 'decimals are stored with all their digits';

/** Each store has one fault with results, and breaks the rule beside it. */
export const BROKEN_DAY_RESULTS: ReadonlyArray<
  readonly [fault: string, Store: new () => PlainDayStore, rule: string]
> = [
  ['keeps one date', naming(({ portfolioId, calendar }) => [portfolioId, calendar]), OF_ITS_OWN],
  ['has no calendars', naming(({ portfolioId, date }) => [portfolioId, date]), OF_ITS_OWN],
  [
    'glues names together',
    naming(({ portfolioId, date, calendar }) => date + calendar + portfolioId),
    OF_ITS_OWN,
  ],
  ['keeps the first result', deciding(() => false), MORE_REPLACES],
  ['keeps the currency of the first result', MergesResults, MORE_REPLACES],
  [
    'compares numbers as text',
    deciding((a, b) => String(b.officialCloses) >= String(a.officialCloses)),
    MORE_REPLACES,
  ],
  ['wants more official closes', deciding((a, b) => b.officialCloses > a.officialCloses), AS_MANY_REPLACES],
  ['wants a known result', deciding((_, { pnl }) => pnl !== null), AS_MANY_REPLACES],
  ['lets the last result win', deciding(() => true), FEWER],
  ['stops at one that it ignores', StopsAtAnIgnoredOne, FEWER],
  [
    'takes the last of a list',
    deciding(() => true),
    'results of one day in a list are stored one after the other',
  ],
  ['replaces all that is stored', ReplacesAll, 'saveResults() of an empty list changes nothing'],
  ['stores a thousand at most', ForgetsTheRest, 'saveResults() stores 2,500 results in one call'],
  ['stores what is unknown as 0', changing((each) => ({ ...each, pnl: each.pnl ?? Decimal.ZERO })), FIELDS],
  ['stores 0 as unknown', changing((each) => ({ ...each, pnl: each.pnl?.isZero ? null : each.pnl })), FIELDS],
  [
    'has 31 bits',
    changing((each) => ({ ...each, officialCloses: Math.min(each.officialCloses, 2 ** 31 - 1) })),
    FIELDS,
  ],
  ['rounds results', changing((each) => ({ ...each, pnl: each.pnl?.rounded(18) ?? null })), DIGITS],
  [
    'trims calendars',
    changing((each) => ({ ...each, calendar: each.calendar.trim() })),
    'portfolios and calendars of results are any strings, character by character',
  ],
  [
    'reads, then writes',
    ReadsThenWrites,
    'of results that are saved at the same time the one with the most official closes stays',
  ],
  [
    'keeps what it was given',
    KeepsWhatItWasGiven,
    'changing a result or the list after saveResults() does not change what is stored',
  ],
  ['stores one by one', StoresOneByOne, 'a list with a bad result is rejected, and none of it is stored'],
];
