import type { Clock } from '../core/clock.js';
import type { FxPolicy } from '../core/book/conversion-table.js';
import type { PricePolicy } from '../core/book/price-policy.js';
import type { FxPair } from '../core/money/fx-rates.js';
import type { PriceRecord } from '../core/portfolio/portfolio-repository.js';
import type { ComparedField } from './valuation-difference.js';
import { SIGNAL, TIME_AND_CHANCE, type OptionShapes } from '../core/options.js';
import { BOOK_OPTIONS } from '../core/book/position-book-options.js';

/** Options of `verify`. `fx`, `fxMaxAgeMs`, `fxPolicy`, `policy` and `dayStart` must be those of the engines that store the values. */
export interface VerifyOptions {
  /**
   * Prices that the values must be computed from. Default: the stored prices, read again for each slice, so that the store is
   * compared with itself. With a list, a value computed from other prices is a difference.
   */
  readonly prices?: readonly PriceRecord[];
  /** Currency pairs of the engines. Default: none. */
  readonly fx?: ReadonlyArray<FxPair | string>;
  /** Age in ms from which a rate counts as unknown. Default: no limit. */
  readonly fxMaxAgeMs?: number;
  /** Default `'last'`. */
  readonly fxPolicy?: FxPolicy;
  /** Default `lastPrice`. */
  readonly policy?: PricePolicy;
  /** Start of the day at a time, ms since 1970. Default: 00:00 UTC. */
  readonly dayStart?: (now: number) => number;
  /** Replaces each wrong value with the right one. Default `false`. */
  readonly repair?: boolean;
  /** Portfolios compared at a time. Default 1000. */
  readonly sliceSize?: number;
  /** How long a live engine may take to store a value, in ms: what still differs after that is wrong. Default 2000. */
  readonly graceMs?: number;
  /** Comparisons of a value that live engines keep changing. Default 5. */
  readonly attempts?: number;
  /** Ends the work, with `ABORTED`. Default: none. */
  readonly signal?: AbortSignal;
  /** Time. Default: the machine's clock. */
  readonly clock?: Clock;
  /** Called after each slice, and at the end. */
  readonly onProgress?: (progress: VerifyProgress) => void;
  /** Called with each difference, also with those that the report leaves out. */
  readonly onDifference?: (difference: ValuationDifference) => void;
}

/** What each option may be. */
export const VERIFY_OPTIONS: OptionShapes<VerifyOptions> = {
  prices: true,
  fx: true,
  fxMaxAgeMs: true,
  fxPolicy: true,
  policy: BOOK_OPTIONS.policy,
  dayStart: 'function',
  repair: 'boolean',
  sliceSize: true,
  graceMs: true,
  attempts: true,
  ...SIGNAL,
  clock: TIME_AND_CHANCE.clock,
  onProgress: 'function',
  onDifference: 'function',
};

/** Progress of `verify`. */
export interface VerifyProgress {
  /** Portfolios compared. */
  readonly checked: number;
  /** Values found wrong. */
  readonly differences: number;
  /** Wrong values that were replaced. */
  readonly repaired: number;
}

/** A stored value that differs from the one computed from holdings and prices. */
export interface ValuationDifference {
  readonly portfolioId: string;
  /** `missing`: no value is stored; `version`: it is of another version of the holdings; `figures`: of the same version, and wrong. */
  readonly kind: 'missing' | 'version' | 'figures';
  /** The fields that differ: stored and expected. */
  readonly fields: readonly ComparedField[];
  readonly isRepaired: boolean;
}

/** Result of `verify`. */
export interface VerifyReport extends VerifyProgress {
  /** The first thousand differences. */
  readonly found: readonly ValuationDifference[];
  /** Values that engines replaced before each comparison, so that they could not be judged. */
  readonly changing: number;
}
