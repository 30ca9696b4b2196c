import { TickmarkError, quote } from '../errors.js';
import type { CurrencySum, CurrencySums } from '../book/sums/currency-sums.js';
import { SUMMED_FIGURES, type SummedFigure } from '../book/sums/currency-sums.js';
import { Fraction } from '../money/fraction.js';
import type { DomainEvent, EventType } from '../messaging/event-bus.js';
import {
  arrayField,
  integerField,
  malformed,
  objectField,
  recordField,
  stringField,
} from '../messaging/wire-fields.js';

/** Type of {@link ShardTotalsEvent}. */
export const SHARD_TOTALS: EventType<ShardTotalsEvent> = 'tickmark.shards.totals';

/** The newest format of {@link ShardTotalsEvent} that this version reads and writes. */
export const SHARD_TOTALS_FORMAT = 1;

/**
 * An exact amount: its digits, such as `-1234.5`; or, where they do not end (inverse contracts), `numerator/denominator`, such as `100/3`.
 */
export type ExactAmount = string;

/** What the portfolios of a shard are worth. */
export interface ShardTotals {
  readonly shard: number;
  /** When the publisher took the shard over, ms since 1970. Of two publishers, the one that took it over later counts. */
  readonly since: number;
  /** Number of portfolios. */
  readonly portfolios: number;
  /** Number of those with a position that has no price, which is in no sum. */
  readonly unpriced: number;
  /** By currency, neither converted nor rounded; amounts of 0 are left out. */
  readonly currencies: Readonly<Record<string, Readonly<Partial<Record<SummedFigure, ExactAmount>>>>>;
}

/** The exact subtotals of the shards of one process. Plain data. */
export interface ShardTotalsEvent extends DomainEvent {
  readonly type: 'tickmark.shards.totals';
  /** Version of this format: 1. */
  readonly format: number;
  /** Name of the process, another one after each start. */
  readonly publisher: string;
  /** Rises by 1 with each event of the publisher. */
  readonly sequence: number;
  /** Number of all shards; 1 where portfolios are not divided. */
  readonly shardCount: number;
  readonly shards: readonly ShardTotals[];
  /** Shards that the publisher has given up since its last event. */
  readonly released: readonly number[];
}

/** The content of an event, without what all events have. */
export type ShardTotalsContent = Pick<
  ShardTotalsEvent,
  'format' | 'publisher' | 'sequence' | 'shardCount' | 'shards' | 'released'
>;

const LONGEST = 20_000;
const DIGITS = /^-?\d+(?:\.\d+)?$/;
const RATIO = /^(-?\d+)\/([1-9]\d*)$/;
// Digits after the point that are tried before an amount is written as a ratio.
const SCALE = 48;

/** The sums of a shard, as they are published. */
export function shardTotals(shard: number, since: number, sums: CurrencySums): ShardTotals {
  const { portfolios, unpriced } = sums;
  const currencies = Object.fromEntries(
    sums.currencies.map((sum) => [
      sum.currency,
      Object.fromEntries(
        SUMMED_FIGURES.flatMap((figure) => (sum[figure].isZero ? [] : [[figure, exactAmount(sum[figure])]])),
      ),
    ]),
  );
  return { shard, since, portfolios, unpriced, currencies };
}

/** The sums of a shard that were published. @throws TickmarkError `MALFORMED_INPUT`. */
export function sumsOf({ shard, portfolios, unpriced, currencies }: ShardTotals): CurrencySums {
  const where = `${SHARD_TOTALS}: shard ${shard}`;
  return {
    portfolios,
    unpriced,
    currencies: Object.entries(currencies).map(([currency, amounts]) => {
      const given = objectField(amounts, `${where}: ${currency}`) as Partial<Record<SummedFigure, unknown>>;
      const read = (figure: SummedFigure) =>
        readAmount(given[figure] ?? '0', `${where}: ${currency}.${figure}`);
      return {
        currency,
        ...Object.fromEntries(SUMMED_FIGURES.map((figure) => [figure, read(figure)])),
      } as CurrencySum;
    }),
  };
}

const readEvent = recordField<ShardTotalsContent>({
  format: integerField,
  publisher: stringField,
  sequence: integerField,
  shardCount: integerField,
  released: arrayField(integerField),
  shards: arrayField(
    recordField<ShardTotals>({
      shard: integerField,
      since: integerField,
      portfolios: integerField,
      unpriced: integerField,
      currencies: objectField as never,
    }),
  ),
});

/** Checks an event that another process has sent. @throws TickmarkError `MALFORMED_INPUT`; `NEWER_FORMAT`. */
export function checkedEvent(event: ShardTotalsEvent): ShardTotalsContent {
  const { format } = event;
  if (format > SHARD_TOTALS_FORMAT)
    throw new TickmarkError(
      'NEWER_FORMAT',
      `${SHARD_TOTALS}: format ${quote(format)} is newer than this version of tickmark reads (${SHARD_TOTALS_FORMAT}). Upgrade this process.`,
    );
  return readEvent(event, SHARD_TOTALS);
}

function exactAmount(amount: Fraction): ExactAmount {
  const decimal = amount.toDecimal(SCALE);
  if (Fraction.from(decimal).compare(amount) === 0) return decimal.toString();
  return `${amount.numerator}/${amount.denominator}`;
}

function readAmount(text: unknown, where: string): Fraction {
  if (typeof text === 'string' && text.length <= LONGEST) {
    if (DIGITS.test(text)) {
      const [whole = '', fraction = ''] = text.split('.');
      return Fraction.of(BigInt(whole + fraction), 10n ** BigInt(fraction.length));
    }
    const ratio = RATIO.exec(text);
    if (ratio) return Fraction.of(BigInt(ratio[1]!), BigInt(ratio[2]!));
  }
  throw malformed(where, text, 'digits, such as "-12.5", or a ratio, such as "100/3"');
}
