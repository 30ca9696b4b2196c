import type { DayClose } from '../../src/core/calendars/day-store.js';
import { Decimal } from '../../src/core/money/decimal.js';
import { PlainDayStore } from './plain-day-store.js';

/** A store that changes each close on its way in. */
const changing = (change: (close: DayClose) => DayClose) =>
  class extends PlainDayStore {
    protected override storedClose(close: DayClose): DayClose {
      return change({ ...close });
    }
  };

/** A store that decides in another way which close stays. */
const deciding = (replaces: (known: DayClose, offered: DayClose) => boolean) =>
  class extends PlainDayStore {
    protected override closeReplaces(known: DayClose, offered: DayClose): boolean {
      return replaces(known, offered);
    }
  };

/** A store that takes different closes for the same. */
const naming = (nameOf: (close: DayClose) => unknown) =>
  class extends PlainDayStore {
    protected override closeName(close: DayClose): string {
      return JSON.stringify(nameOf(close));
    }
  };

/** A store that returns something else. */
const returning = (answer: (given: readonly DayClose[], stored: DayClose[]) => DayClose[]) =>
  class extends PlainDayStore {
    override async saveCloses(closes: readonly DayClose[]): Promise<DayClose[]> {
      const given = [...closes];
      return answer(given, await super.saveCloses(given));
    }
  };

const DropsCurrency = changing(({ currency: _, ...close }) => close);
const DropsAccrued = changing(({ accrued: _, ...close }) => close);
const DropsZeroAccrued = changing(({ accrued, ...close }) =>
  accrued?.isZero ? close : { ...close, accrued },
);
const RoundsPrices = changing((close) => ({ ...close, price: close.price.rounded(18) }));
// Beyond 10^21 a float has no digits after the point to show.
const inFloats = (amount: Decimal): Decimal =>
  amount.abs().lessThan(10n ** 21n) ? Decimal.from(Number(amount.toString()).toFixed(18)) : amount;
const CalculatesInFloats = changing((close) => ({
  ...close,
  price: inFloats(close.price),
}));
const ReturnsNumbers = changing((close) => ({ ...close, price: 1 as unknown as Decimal }));
const MakesUpACurrency = changing((close) => ({ ...close, currency: close.currency ?? 'USD' }));
const RoundsTimes = changing((close) => ({ ...close, closedAt: Math.round(close.closedAt / 1000) * 1000 }));

class MergesOfficialOnes extends PlainDayStore {
  protected override putClose(close: DayClose): void {
    super.putClose({ ...this.closes.get(this.closeName(close)), ...close });
  }
}

class StoresOneByOne extends PlainDayStore {
  override async saveCloses(closes: readonly DayClose[]): Promise<DayClose[]> {
    const stored: DayClose[] = [];
    for (const close of [...closes]) stored.push(...(await super.saveCloses([{ ...close }])));
    return stored;
  }
}

class ForgetsTheRest extends PlainDayStore {
  override async saveCloses(closes: readonly DayClose[]): Promise<DayClose[]> {
    await super.saveCloses(closes.slice(0, 1_000));
    return closes.map((close) => ({ ...close }));
  }
}

class ReadsThenWrites extends PlainDayStore {
  override async saveCloses(closes: readonly DayClose[]): Promise<DayClose[]> {
    const missing = closes.filter(
      (close) => close.source === 'official' || !this.closes.has(this.closeName(close)),
    );
    await Promise.resolve();
    for (const close of missing) this.closes.set(this.closeName(close), close);
    return closes.map((close) => ({ ...this.closes.get(this.closeName(close))! }));
  }
}

class ReplacesAll extends PlainDayStore {
  override saveCloses(closes: readonly DayClose[]): Promise<DayClose[]> {
    this.closes.clear();
    return super.saveCloses(closes);
  }
}

class KeepsWhatItWasGiven extends PlainDayStore {
  protected override storedClose(close: DayClose): DayClose {
    return close;
  }
}

const RETURNS = 'saveCloses() stores closes, and returns them in the order given';
const RECORDED_STAYS = 'a recorded close stays once it is stored, and saveCloses() returns it';
const OFFICIAL_REPLACES = 'an official close replaces a recorded one, as a whole';
const OFFICIAL_CORRECTS = 'an official close replaces an earlier official one, also by a lower price';
const OF_ITS_OWN = 'each calendar, date and symbol has a close of its own';
const FIELDS = 'a close loads with all its fields, and without those that it does not have';
const DIGITS = 'decimals are stored with all their digits';
const CHARACTERS = 'symbols and calendars of closes are any strings, character by character';

/** Each store has one fault with closes, and breaks the rule beside it. */
export const BROKEN_DAY_CLOSES: ReadonlyArray<
  readonly [fault: string, Store: new () => PlainDayStore, rule: string]
> = [
  ['returns closes in another order', returning((_, stored) => stored.reverse()), RETURNS],
  ['returns nothing', returning(() => []), RETURNS],
  ['returns what it was given', returning((given) => [...given]), RECORDED_STAYS],
  ['lets the last recorded close win', deciding(() => true), RECORDED_STAYS],
  [
    'lets a recorded close replace an official one',
    deciding(() => true),
    'a recorded close does not replace an official one',
  ],
  ['lets the first close win', deciding(() => false), OFFICIAL_REPLACES],
  ['keeps fields of the recorded close', MergesOfficialOnes, OFFICIAL_REPLACES],
  ['keeps the first official close', deciding((known) => known.source === 'recorded'), OFFICIAL_CORRECTS],
  ['keeps the later close', deciding((known, { closedAt }) => closedAt > known.closedAt), OFFICIAL_CORRECTS],
  ['keeps one date', naming(({ calendar, symbol }) => [calendar, symbol]), OF_ITS_OWN],
  ['has no calendars', naming(({ date, symbol }) => [date, symbol]), OF_ITS_OWN],
  ['glues names together', naming(({ calendar, date, symbol }) => date + calendar + symbol), OF_ITS_OWN],
  ['replaces all that is stored', ReplacesAll, OF_ITS_OWN],
  [
    'takes the last of a list',
    deciding(() => true),
    'closes of one symbol in a list are stored one after the other',
  ],
  [
    'replaces all that is stored',
    ReplacesAll,
    'saveCloses() of an empty list returns an empty list, and changes nothing',
  ],
  ['stores a thousand at most', ForgetsTheRest, 'saveCloses() stores 2,500 closes in one call'],
  ['drops the currency', DropsCurrency, FIELDS],
  ['drops accrued interest', DropsAccrued, FIELDS],
  ['drops accrued interest of 0', DropsZeroAccrued, FIELDS],
  ['makes up a currency', MakesUpACurrency, FIELDS],
  ['rounds times', RoundsTimes, FIELDS],
  ['returns numbers', ReturnsNumbers, FIELDS],
  ['rounds prices', RoundsPrices, DIGITS],
  ['calculates in floats', CalculatesInFloats, DIGITS],
  ['trims symbols', changing((close) => ({ ...close, symbol: close.symbol.trim() })), CHARACTERS],
  [
    'ignores the case of symbols',
    naming(({ calendar, date, symbol }) => [calendar, date, symbol.toLowerCase()]),
    CHARACTERS,
  ],
  ['trims calendars', changing((close) => ({ ...close, calendar: close.calendar.trim() })), CHARACTERS],
  [
    'reads, then writes',
    ReadsThenWrites,
    'of recorded closes that are saved at the same time one stays, and every writer gets it',
  ],
  [
    'lets the last recorded close win',
    deciding(() => true),
    'of recorded closes that are saved at the same time one stays, and every writer gets it',
  ],
  [
    'lets the first close win',
    deciding(() => false),
    'an official close stays, whatever is recorded at the same time',
  ],
  [
    'keeps what it was given',
    KeepsWhatItWasGiven,
    'changing a close or the list after saveCloses() does not change what is stored',
  ],
  ['stores one by one', StoresOneByOne, 'a list with a bad close is rejected, and none of it is stored'],
];
