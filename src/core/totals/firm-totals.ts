import { checkDelay, systemClock, type Clock } from '../clock.js';
import { callBack, errorReporter } from '../error-reporter.js';
import { TickmarkError } from '../errors.js';
import { addSums, type CurrencySums } from '../book/sums/currency-sums.js';
import { EVENT_BUS, type EventBus } from '../messaging/event-bus.js';
import {
  withDefaults,
  TIME_AND_CHANCE,
  checkNumber,
  checkOptions,
  needed,
  type OptionShapes,
  ERROR_RECEIVERS,
} from '../options.js';
import type { Unsubscribe } from '../unsubscribe.js';
import {
  convertedTotal,
  totalsByCurrency,
  type ConvertedTotal,
  type CurrencyTotal,
  type RateSource,
} from './currency-totals.js';
import { SHARD_TOTALS, checkedEvent, sumsOf, type ShardTotalsEvent } from './shard-totals-event.js';
import type { Logger } from '../logger.js';
import { keepRaw } from '../keep-raw.js';

/** Options of {@link FirmTotals}. */
export interface FirmTotalsOptions {
  readonly bus: EventBus;
  /** Number of all shards. Default: as the first event says. */
  readonly shardCount?: number;
  /** Time in ms without an event after which a shard counts as silent. Default 5,000. */
  readonly silentAfterMs?: number;
  /** Called after each event, with no arguments. */
  readonly onChange?: () => unknown;
  /** Called with events that cannot be used: malformed, of a newer format, or for another number of shards. Once each per process that sends them. */
  readonly onError?: (error: TickmarkError) => void;
  /** Gets each error that `onError` gets, at level `error`. */
  readonly logger?: Logger;
  readonly clock?: Clock;
}

/** What all portfolios of a firm are worth. */
export interface FirmTotal {
  /** By currency, in the order of the codes: what is in it, not converted. */
  readonly currencies: readonly CurrencyTotal[];
  /** Number of portfolios. */
  readonly portfolios: number;
  /** Number of those with a position that has no price, which is in no figure. */
  readonly unpriced: number;
  /** Shards of which nothing was heard yet: they are in no figure. `null`: their number is not known yet. */
  readonly missing: readonly number[] | null;
  /** Shards whose publisher has been silent for `silentAfterMs`: they count with their last sums. */
  readonly silent: readonly number[];
  /** Whether every shard counts, none is silent, and every position has a price. */
  readonly complete: boolean;
}

interface KnownShard {
  readonly publisher: string;
  readonly since: number;
  readonly sequence: number;
  readonly sums: CurrencySums;
  /** Monotonic ms. */
  readonly heardAt: number;
  isReleased: boolean;
}

const SHAPES: OptionShapes<FirmTotalsOptions> = {
  bus: needed(EVENT_BUS),
  shardCount: true,
  silentAfterMs: true,
  onChange: 'function',
  ...ERROR_RECEIVERS,
  clock: TIME_AND_CHANCE.clock,
};

/**
 * Adds up what all portfolios are worth, from the exact subtotals that {@link ShardTotalsPublisher} sends for each shard. They are added
 * before anything is converted or rounded, so the totals equal those of one process that has all portfolios, to the digit.
 *
 * If two processes send a shard, the one counts that took it over later, until it gives the shard up or is silent.
 *
 * @example
 * ```ts
 * import { InMemoryEventBus } from 'tickmark';
 * import { FirmTotals } from 'tickmark/parts';
 *
 * const firm = new FirmTotals({ bus: new InMemoryEventBus(), shardCount: 64 });
 * for (const { currency, equity } of firm.total().currencies) console.log(currency, equity.toString());
 * console.log(firm.total().complete); // false: no shard was heard yet
 * firm.close();
 * ```
 */
export class FirmTotals {
  static {
    keepRaw(this);
  }

  readonly #clock: Clock;
  readonly #silentAfterMs: number;
  readonly #onChange: (() => unknown) | undefined;
  readonly #onError: (error: TickmarkError) => void;
  readonly #shards = new Map<number, KnownShard>();
  readonly #reported = new Set<string>();
  readonly #unsubscribe: Unsubscribe;
  #shardCount: number | undefined;

  /** @throws TickmarkError `INVALID_ARGUMENT`. */
  constructor(options: FirmTotalsOptions) {
    checkOptions('FirmTotals', options, SHAPES);
    const { clock, silentAfterMs } = withDefaults(options, { clock: systemClock, silentAfterMs: 5000 });
    checkDelay(silentAfterMs, 'FirmTotals: silentAfterMs');
    this.#clock = clock;
    this.#silentAfterMs = silentAfterMs;
    this.#onChange = options.onChange;
    this.#onError = errorReporter(options);
    const { shardCount } = options;
    if (shardCount !== undefined)
      checkNumber('FirmTotals: shardCount', shardCount, { from: 1, isWhole: true });
    this.#shardCount = shardCount;
    this.#unsubscribe = options.bus.subscribe(SHARD_TOTALS, (event) => this.#take(event));
  }

  /** The exact sums of all shards that were heard. */
  sums(): CurrencySums {
    return addSums([...this.#shards.values()].map(({ sums }) => sums));
  }

  /** The totals of each currency, and what they lack. */
  total(): FirmTotal {
    const sums = this.sums();
    const { portfolios, unpriced } = sums;
    const count = this.#shardCount;
    const missing =
      count === undefined ? null : [...Array(count).keys()].filter((shard) => !this.#shards.has(shard));
    const silent = [...this.#shards]
      .filter(([, known]) => this.#isSilent(known))
      .map(([shard]) => shard)
      .sort((a, b) => a - b);
    const complete = missing?.length === 0 && silent.length === 0 && unpriced === 0;
    return { currencies: totalsByCurrency(sums), portfolios, unpriced, missing, silent, complete };
  }

  /**
   * All of it in one currency, at current rates.
   * @param rates Where the rates come from, such as the book of an engine.
   * @throws TickmarkError `UNKNOWN_CURRENCY`.
   */
  totalIn(currency: string, rates: RateSource): ConvertedTotal {
    return convertedTotal(this.sums(), currency, rates);
  }

  /** Stops listening. */
  close(): void {
    this.#unsubscribe();
  }

  #take(event: ShardTotalsEvent): void {
    try {
      this.#add(event);
    } catch (error) {
      const { publisher } = event;
      const key = `${String(publisher)} ${(error as Error).message}`;
      if (this.#reported.has(key)) return;
      this.#reported.add(key);
      this.#onError(error as TickmarkError);
      return;
    }
    callBack('FirmTotals: onChange', () => this.#onChange?.(), this.#onError);
  }

  #add(given: ShardTotalsEvent): void {
    const { publisher, sequence, shardCount, shards, released } = checkedEvent(given);
    this.#shardCount ??= shardCount;
    if (shardCount !== this.#shardCount) {
      const message = `FirmTotals: a process divides portfolios into ${shardCount} shards, and others into ${this.#shardCount}. All must have the same number.`;
      throw new TickmarkError('INVALID_ARGUMENT', message);
    }
    const heardAt = this.#clock.monotonic();
    const fresh = shards.map((each) => ({ ...each, sums: sumsOf(each) }));
    for (const { shard, since, sums } of fresh) {
      const known = this.#shards.get(shard);
      if (known && !this.#mayReplace(known, publisher, since, sequence)) continue;
      this.#shards.set(shard, { publisher, since, sequence, sums, heardAt, isReleased: false });
    }
    for (const shard of released) {
      const known = this.#shards.get(shard);
      if (known?.publisher === publisher) known.isReleased = true;
    }
  }

  #mayReplace(known: KnownShard, publisher: string, since: number, sequence: number): boolean {
    // A bus may deliver an event again, or late.
    if (known.publisher === publisher) return sequence > known.sequence;
    return known.isReleased || since > known.since || this.#isSilent(known);
  }

  #isSilent({ heardAt }: KnownShard): boolean {
    return this.#clock.monotonic() - heardAt > this.#silentAfterMs;
  }
}
