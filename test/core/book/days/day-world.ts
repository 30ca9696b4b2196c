import { FakeClock } from '../../../../src/conformance/fake-clock.js';
import { PositionBook } from '../../../../src/core/book/position-book.js';
import type { PositionBookOptions } from '../../../../src/core/book/position-book-options.js';
import type { InstrumentInput } from '../../../../src/core/instruments/instrument.js';
import type { LedgerEntryInput } from '../../../../src/core/portfolio/ledger/ledger-entry.js';
import { Portfolio } from '../../../../src/core/portfolio/portfolio.js';
import { PriceChangedBatch } from '../../../../src/core/prices/price-changed-event.js';
import type { PriceUpdate } from '../../../../src/core/prices/price-update.js';

export const at = (text: string): number => Date.parse(text);

/** A book with one portfolio in USD, at a time. */
export function dayWorld(
  now: string,
  options: PositionBookOptions,
  entries: readonly LedgerEntryInput[],
  instruments: readonly InstrumentInput[] = [],
) {
  const clock = new FakeClock({ now: at(now) });
  const book = new PositionBook({ clock, ...options });
  let portfolio = Portfolio.replay({ id: 'p', currency: 'USD', instruments }, entries);
  book.setPortfolio(portfolio);
  book.computeTotals();
  return {
    book,
    /** Time passes until then, and totals are computed. */
    go(time: string): void {
      clock.setWallClock(at(time));
      book.computeTotals();
    },
    apply(symbol: string, price: number, rest: Partial<PriceUpdate> = {}): void {
      const update = { symbol, price, timestamp: clock.now(), ...rest };
      book.applyPrices(PriceChangedBatch.ofUpdates([update], clock.now()));
      book.computeTotals();
    },
    trade(...booked: LedgerEntryInput[]): void {
      portfolio = portfolio.apply(booked);
      book.setPortfolio(portfolio);
      book.computeTotals();
    },
    /** Day P&L, as it is published. */
    dayPnl: (): string | null => book.record(0)!.dayPnl?.toString() ?? null,
    value: () => book.value('p')!,
    /** The results of the days that have ended since the last call. */
    results: (): string[] =>
      book.days.recorder.take().days.map((day) => {
        const result = book.dayResults(0, [day])[0];
        return `${day.calendar} ${day.date} ${result ? String(result.pnl) : 'none'}`;
      }),
  };
}

/** A purchase in USD. */
export const buy = (symbol: string, quantity: number, price: number, time: string): LedgerEntryInput => ({
  type: 'buy',
  id: `buy ${symbol} ${time}`,
  at: at(time),
  symbol,
  quantity,
  price,
});

/** A sale in USD. */
export const sell = (symbol: string, quantity: number, price: number, time: string): LedgerEntryInput => ({
  type: 'sell',
  id: `sell ${symbol} ${time}`,
  at: at(time),
  symbol,
  quantity,
  price,
});
