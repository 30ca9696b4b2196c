import { SAME_CURRENCY } from '../../money/conversion.js';
import { currencyOf } from '../../money/currency.js';
import { Decimal } from '../../money/decimal.js';
import { Fraction, roundTogether } from '../../money/fraction.js';
import type { FxRate } from '../../money/fx-rates.js';
import type { RateUsed } from '../../portfolio/figures/portfolio-valuation.js';

/** An exact amount on its way into the portfolio's currency; `null` is unknown. */
export type Part = { readonly currency: string; readonly amount: Fraction } | null;

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

  /** An amount in the portfolio's currency, exact; `null` without a rate. */
  exact(amount: Fraction, currency: string): Fraction | null {
    const rate = this.#rateFor(currency, amount.sign);
    return (
      rate && (rate === SAME_CURRENCY ? amount : amount.times(Fraction.of(rate.numerator, rate.denominator)))
    );
  }

  /**
   * Each part in the portfolio's currency. The known parts of a currency are summed exactly, the sum is converted and rounded once,
   * and shared among the parts: the results sum to the rounded sum.
   */
  convert(parts: readonly Part[]): Array<Decimal | null> {
    return this.#grouped(parts, (amounts, currency) => {
      const converted = this.#converted(amounts, currency);
      return converted && roundTogether(converted, this.scale);
    });
  }

  /**
   * Long and short exposure of all items, or `null` if one is unknown. Those of a currency are summed exactly, converted, and rounded
   * together, so that they sum to the rounded net exposure; of equal remainders, the long side comes first.
   */
  bySign(
    items: ReadonlyArray<{ readonly currency: string; readonly exposure: Fraction | null }>,
  ): readonly [long: Decimal, short: Decimal] | null {
    const exact = this.convertExactly(items, ({ exposure }) => exposure);
    const sides = new Map<string, [long: Fraction, short: Fraction]>();
    for (const [at, amount] of exact.entries()) {
      if (!amount) return null;
      const { currency } = items[at]!;
      const ofCurrency = sides.get(currency) ?? [Fraction.ZERO, Fraction.ZERO];
      const side = amount.sign < 0 ? 1 : 0;
      ofCurrency[side] = ofCurrency[side].plus(amount);
      sides.set(currency, ofCurrency);
    }
    let [long, short] = [this.zero, this.zero];
    for (const ofCurrency of sides.values()) {
      const [ofLong, ofShort] = roundTogether(ofCurrency, this.scale);
      long = long.plus(ofLong!);
      short = short.plus(ofShort!);
    }
    return [long, short];
  }

  /** One amount of each item, as {@link convert} and at the same rates, but not rounded. */
  convertExactly<Item extends { readonly currency: string }>(
    items: readonly Item[],
    amountOf: (item: Item) => Fraction | null,
  ): Array<Fraction | null> {
    const parts = items.map((item): Part => {
      const amount = amountOf(item);
      return amount && { currency: item.currency, amount };
    });
    return this.#grouped(parts, (amounts, currency) => this.#converted(amounts, currency));
  }

  /** Parts that are in the portfolio's currency already, rounded in groups by another currency. */
  round(parts: readonly Part[]): Array<Decimal | null> {
    return this.#grouped(parts, (amounts) => roundTogether(amounts, this.scale));
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

  // At the rate for the sign of their sum.
  #converted(amounts: readonly Fraction[], currency: string): readonly Fraction[] | null {
    const total = amounts.reduce((sum, amount) => sum.plus(amount), Fraction.ZERO);
    const rate = this.#rateFor(currency, total.sign);
    if (!rate || rate === SAME_CURRENCY) return rate && amounts;
    const factor = Fraction.of(rate.numerator, rate.denominator);
    return amounts.map((amount) => amount.times(factor));
  }

  #grouped<Result>(
    parts: readonly Part[],
    shares: (amounts: readonly Fraction[], currency: string) => readonly Result[] | null,
  ): Array<Result | null> {
    const results = new Array<Result | null>(parts.length).fill(null);
    const groups = new Map<string, number[]>();
    parts.forEach((part, index) => {
      if (!part) return;
      const group = groups.get(part.currency);
      if (group) group.push(index);
      else groups.set(part.currency, [index]);
    });
    for (const [currency, indexes] of groups) {
      const rounded = shares(
        indexes.map((index) => parts[index]!.amount),
        currency,
      );
      if (rounded) indexes.forEach((index, at) => (results[index] = rounded[at]!));
    }
    return results;
  }

  #rateFor(currency: string, sign: number): FxRate | null {
    const rate = currency === this.#currency ? SAME_CURRENCY : this.#rate(currency, sign);
    this.#used.set(currency, rate);
    return rate;
  }
}
