import { Conversion, SAME_CURRENCY, apportion } from '../../money/conversion.js';
import { currencyOf } from '../../money/currency.js';
import { Decimal } from '../../money/decimal.js';
import type { FxRate } from '../../money/fx-rates.js';
import type { RateUsed } from '../../portfolio/portfolio-valuation.js';

/** An amount on its way into the portfolio's currency; `null` is unknown. */
export type Part = { readonly currency: string; readonly amount: Decimal } | null;

/** Converts amounts of many currencies into that of a portfolio. */
export class Converter {
  /** Digits after the point of the results. */
  readonly scale: number;
  readonly zero: Decimal;
  readonly #currency: string;
  readonly #rate: (from: string, sign: number) => FxRate | null;
  readonly #used = new Map<string, FxRate | null>();

  constructor(currency: string, rate: (from: string, sign: number) => FxRate | null) {
    this.#currency = currency;
    this.scale = currencyOf(currency).scale;
    this.zero = Decimal.ofUnits(0, this.scale);
    this.#rate = rate;
  }

  /** Rates that were needed and known, one for each currency. */
  get rates(): readonly FxRate[] {
    return [...this.#used.values()].filter((rate) => rate !== null);
  }

  /** Currencies for which a rate was needed and not known. */
  get unconverted(): readonly string[] {
    return [...this.#used].filter(([, rate]) => rate === null).map(([currency]) => currency);
  }

  /**
   * Each part in the portfolio's currency. The known parts of a currency are summed exactly, the sum is converted and rounded once,
   * and shared among the parts: the results sum to the rounded sum.
   */
  convert(parts: readonly Part[]): Array<Decimal | null> {
    const results = new Array<Decimal | null>(parts.length).fill(null);
    const groups = new Map<string, number[]>();
    parts.forEach((part, index) => {
      if (!part) return;
      const group = groups.get(part.currency);
      if (group) group.push(index);
      else groups.set(part.currency, [index]);
    });
    for (const [currency, indexes] of groups) {
      const scale = indexes.reduce((most, index) => Math.max(most, parts[index]!.amount.scale), 0);
      const units = indexes.map((index) => parts[index]!.amount.unitsAt(scale));
      const total = units.reduce((sum, each) => sum + each, 0n);
      const rate = this.#rateFor(currency, total < 0n ? -1 : 1);
      if (!rate) continue;
      const conversion = new Conversion(rate, this.scale);
      const { numerator, denominator } = conversion.ratio(scale);
      const shares = apportion(conversion.exactUnits(total, scale), units, numerator, denominator);
      indexes.forEach((index, at) => (results[index] = Decimal.ofUnits(shares[at]!, this.scale)));
    }
    return results;
  }

  /** The rate of a currency as a position shows it. */
  shown(currency: string, now: number): RateUsed | null {
    const rate = this.#rateFor(currency, 1);
    if (!rate) return null;
    const hasLegs = rate.path.length > 0;
    return {
      path: rate.path,
      rate: Decimal.ofUnits(rate.numerator, 0).dividedBy(Decimal.ofUnits(rate.denominator, 0), 12).trimmed(),
      asOf: hasLegs ? rate.oldest : null,
      ageMs: hasLegs ? Math.max(0, now - rate.oldestReceivedAt) : null,
    };
  }

  #rateFor(currency: string, sign: number): FxRate | null {
    const rate = currency === this.#currency ? SAME_CURRENCY : this.#rate(currency, sign);
    this.#used.set(currency, rate);
    return rate;
  }
}
