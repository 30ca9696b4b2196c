import { SAME_CURRENCY } from '../../money/conversion.js';
import { currencyOf } from '../../money/currency.js';
import { Fraction } from '../../money/fraction.js';
import { invalidArgument } from '../../errors.js';
import { valueRows } from './row-valuation.js';
import { LEAVES, ratio, type ExplainableLeaf, type Leaf, type Part } from './explained-figures.js';
import { fractionOf, type ValuationInput } from './valuation-input.js';

export type { ExplainableLeaf } from './explained-figures.js';

/** A figure of a portfolio's totals that can be explained. */
export type ExplainableFigure = ExplainableLeaf | ExplainableSum;

/** Figures that are sums and differences of others. */
export type ExplainableSum = 'equity' | 'unrealizedPnl' | 'totalPnl';

/** One part of a figure: a position or a currency. */
export interface ExplainedPart {
  /** Symbol of the position, or currency of the cash. */
  readonly of: string;
  /** What went in, by name; decimals as strings. `null` is unknown. */
  readonly inputs: Readonly<Record<string, string | null>>;
  /** The exact amount in the currency of the group, as a ratio `numerator/denominator`; `null` is unknown. */
  readonly amount: string | null;
}

/** Parts of one currency: they are added exactly, converted by one rate and rounded once. */
export interface ExplainedGroup {
  readonly currency: string;
  /** Units of the portfolio's currency for one unit, as a ratio; `null` is unknown. */
  readonly rate: string | null;
  /** Symbols of the currency pairs that the rate comes from. */
  readonly path: readonly string[];
  readonly parts: readonly ExplainedPart[];
  /** The sum of the parts × rate, rounded half-even to the digits of the portfolio's currency; `null` is unknown. */
  readonly rounded: string | null;
}

/** How a figure came about. */
export interface Explanation {
  readonly portfolioId: string;
  readonly figure: ExplainableFigure;
  readonly currency: string;
  /** Digits after the point that amounts are rounded to. */
  readonly scale: number;
  /** The figure as the valuation shows it; `null` is unknown. */
  readonly value: string | null;
  readonly formula: string;
  /** Of a figure that is made of parts: their groups, of which `value` is the sum. */
  readonly groups?: readonly ExplainedGroup[];
  /** Of a figure that is made of others: those, with their signs. */
  readonly operands?: ReadonlyArray<{ readonly sign: 1 | -1; readonly explanation: Explanation }>;
}

const SUMS: Readonly<
  Record<ExplainableSum, { formula: string; of: ReadonlyArray<readonly [1 | -1, ExplainableFigure]> }>
> = {
  equity: {
    formula: 'cash + marketValue + accruedInterest',
    of: [
      [1, 'cash'],
      [1, 'marketValue'],
      [1, 'accruedInterest'],
    ],
  },
  unrealizedPnl: {
    formula: 'marketValue − costBasis',
    of: [
      [1, 'marketValue'],
      [-1, 'costBasis'],
    ],
  },
  totalPnl: {
    formula: 'realizedPnl + unrealizedPnl + income − expenses + cashFxPnl',
    of: [
      [1, 'realizedPnl'],
      [1, 'unrealizedPnl'],
      [1, 'income'],
      [-1, 'expenses'],
      [1, 'cashFxPnl'],
    ],
  },
} as const satisfies Readonly<
  Record<string, { formula: string; of: ReadonlyArray<readonly [1 | -1, string]> }>
>;

/** Figures that can be explained. */
export const EXPLAINABLE_FIGURES: readonly ExplainableFigure[] = [
  ...(Object.keys(LEAVES) as ExplainableLeaf[]),
  ...(Object.keys(SUMS) as ExplainableSum[]),
];

/** Says how a figure of a valuation came about: inputs, rates, formula, rounding. */
export function explain(input: ValuationInput, figure: ExplainableFigure): Explanation {
  if (!EXPLAINABLE_FIGURES.includes(figure))
    throw invalidArgument('explain: figure', figure, EXPLAINABLE_FIGURES.join(', '));
  const { currency, portfolioId } = input;
  const { scale } = currencyOf(currency);
  const value = valueRows(input)[figure]?.toString() ?? null;
  const head = { portfolioId, figure, currency, scale, value };
  if (figure in SUMS) {
    const { formula, of } = SUMS[figure as ExplainableSum];
    const operands = of.map(([sign, name]) => ({ sign, explanation: explain(input, name) }));
    return { ...head, formula, operands };
  }
  const leaf: Leaf = LEAVES[figure as ExplainableLeaf];
  const groups = new Map<string, Part[]>();
  for (const part of leaf.parts(input)) {
    const group = groups.get(part.currency);
    if (group) group.push(part);
    else groups.set(part.currency, [part]);
  }
  return {
    ...head,
    formula: leaf.formula,
    groups: [...groups].map(([group, parts]) => groupOf(input, group, parts, leaf, scale)),
  };
}

function groupOf(
  { currency: home, rate }: ValuationInput,
  currency: string,
  parts: readonly Part[],
  leaf: Leaf,
  scale: number,
): ExplainedGroup {
  const isKnown = parts.every(({ amount }) => amount !== null);
  const sum = parts.reduce((total, { amount }) => (amount ? total.plus(amount) : total), Fraction.ZERO);
  const used = leaf.isHome || currency === home ? SAME_CURRENCY : rate(currency, sum.sign);
  return {
    currency,
    rate: used && ratio(fractionOf(used)),
    path: used?.path ?? [],
    parts: parts.map(({ of, inputs, amount }) => ({
      of,
      inputs: Object.fromEntries(
        Object.entries(inputs).map(([name, each]) => [name, each === null ? null : each.toString()]),
      ),
      amount: amount && ratio(amount),
    })),
    rounded: used && isKnown ? sum.times(fractionOf(used)).rounded(scale).toString() : null,
  };
}
