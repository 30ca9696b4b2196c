import { sleep, systemClock, type Clock } from '../core/clock.js';
import { withDefaults, TIME_AND_CHANCE, checkOptions, type OptionShapes } from '../core/options.js';
import { seededRandom, type RandomSource } from '../core/random.js';
import type { Decimal } from '../core/money/decimal.js';
import type { LedgerEntryInput } from '../core/portfolio/ledger/ledger-entry.js';
import { Portfolio } from '../core/portfolio/portfolio.js';
import type { AccountSnapshot, Fill, FillGap, FillMessage, FillStream } from '../core/fills/fill-stream.js';
import { keepRaw } from '../core/keep-raw.js';

/** Options of {@link MockFillStream}. */
export interface MockFillStreamOptions {
  /** Currency of the accounts. Default `'USD'`. */
  readonly currency?: string;
  /** Share of the fills that come again later, 0 to 1. Default 0. */
  readonly repeats?: number;
  /** Share of the fills that come later than the next one, 0 to 1. Default 0. */
  readonly reorders?: number;
  /** Share of the lists before which the link breaks, 0 to 1. Default 0. */
  readonly breaks?: number;
  /** Share of the breaks that lose what was on its way, which a gap reports, 0 to 1. Default 0. */
  readonly losses?: number;
  /** Whether what was lost is fetched later. Without it, only snapshots show it. Default `true`. */
  readonly recovers?: boolean;
  /** Most messages in a list. Default 100. */
  readonly listSize?: number;
  /** How long the link stays down after a break, in ms. Default 50. */
  readonly downMs?: number;
  /** Time. Default: the machine's clock. */
  readonly clock?: Clock;
  /** Chance. Default: the same in each run. */
  readonly random?: RandomSource;
}

const SHAPES: OptionShapes<MockFillStreamOptions> = {
  ...TIME_AND_CHANCE,
  currency: 'string',
  repeats: 'number',
  reorders: 'number',
  breaks: 'number',
  losses: 'number',
  recovers: 'boolean',
  listSize: 'number',
  downMs: 'number',
};

/**
 * A broker in memory, with faults on demand: for tests and demonstrations. It keeps its own record of each account, which
 * `account()` shows.
 * @example
 * ```ts
 * import { MockFillStream } from 'tickmark/fills';
 *
 * const stream = new MockFillStream({ repeats: 0.1, reorders: 0.1 });
 * stream.trade('U1', { id: 'f1', at: 1, type: 'buy', symbol: 'IBM', quantity: 10, price: '100.25' });
 * stream.end();
 * for await (const messages of stream.read()) console.log(messages.length); // 1, and 2 if the fill is repeated
 * ```
 */
export class MockFillStream implements FillStream {
  static {
    keepRaw(this);
  }

  readonly #options: Required<MockFillStreamOptions>;
  readonly #accounts = new Map<string, Portfolio>();
  /** What was not processed yet. */
  #pending: FillMessage[] = [];
  /** What is being processed: a reader that stops before it asks for more has it again from the next read. */
  #inFlight: readonly FillMessage[] = [];
  #isEnded = false;
  #gaps = 0;
  #wake: () => void = () => undefined;
  #onProcessed: Array<() => void> = [];

  constructor(options: MockFillStreamOptions = {}) {
    checkOptions('MockFillStream', options, SHAPES);
    this.#options = withDefaults(options, {
      currency: 'USD',
      repeats: 0,
      reorders: 0,
      breaks: 0,
      losses: 0,
      recovers: true as boolean,
      listSize: 100,
      downMs: 50,
      clock: systemClock,
      random: seededRandom(1),
    });
  }

  /** Books an entry in the account at the broker, and delivers it as a fill. @throws as `Portfolio.apply`. */
  trade(account: string, entry: LedgerEntryInput): void {
    const { reorders, repeats, random } = this.#options;
    this.#accounts.set(account, this.account(account).apply(entry));
    const fill: Fill = { type: 'fill', account, entry };
    const isEarly = this.#pending.at(-1)?.type === 'fill' && random() < reorders;
    this.#pending.splice(isEarly ? -1 : this.#pending.length, 0, fill);
    if (random() < repeats) this.#pending.push(fill);
    this.#wake();
  }

  /** Delivers a snapshot of an account. */
  snapshot(account: string): void {
    this.#pending.push(this.#snapshotOf(account));
    this.#wake();
  }

  /** What the broker has on record of an account. */
  account(account: string): Portfolio {
    return this.#accounts.get(account) ?? Portfolio.create({ id: account, currency: this.#options.currency });
  }

  /** Ends the stream after what is pending. */
  end(): void {
    this.#isEnded = true;
    this.#wake();
  }

  /** Gaps so far. */
  get gaps(): number {
    return this.#gaps;
  }

  /** Settles when the reader has processed everything. */
  whenProcessed(): Promise<void> {
    if (this.#pending.length + this.#inFlight.length === 0) return Promise.resolve();
    return new Promise((resolve) => this.#onProcessed.push(resolve));
  }

  async *read({ signal }: { readonly signal?: AbortSignal } = {}): AsyncGenerator<readonly FillMessage[]> {
    const { breaks, losses, random, listSize } = this.#options;
    this.#pending.unshift(...this.#inFlight);
    this.#inFlight = [];
    while (!signal?.aborted) {
      if (this.#pending.length === 0) {
        if (this.#isEnded) return;
        await this.#wait(signal);
        continue;
      }
      const isBroken = random() < breaks;
      if (isBroken) await this.#pause(signal, random() < losses);
      const list = this.#pending.splice(0, listSize);
      this.#inFlight = list;
      yield list;
      this.#inFlight = [];
      if (this.#pending.length > 0) continue;
      for (const resolve of this.#onProcessed.splice(0)) resolve();
    }
  }

  // The link is down. What was on its way comes late after a loss, or never.
  async #pause(signal: AbortSignal | undefined, isLossy: boolean): Promise<void> {
    const { clock, downMs, listSize, recovers } = this.#options;
    const from = clock.now();
    await sleep(clock, downMs, signal).catch(() => undefined);
    if (!isLossy) return;
    const lost = this.#pending.splice(0, listSize);
    this.#gaps++;
    const gap: FillGap = { type: 'gap', account: null, from, to: clock.now(), reason: 'disconnect' };
    const accounts = new Set(lost.flatMap((message) => (message.type === 'fill' ? [message.account] : [])));
    // A gap and a snapshot are not lost.
    const late = lost.filter(({ type }) => recovers || type !== 'fill');
    const snapshots = [...accounts].map((account) => this.#snapshotOf(account));
    this.#pending = [gap, ...this.#pending, ...late, ...snapshots];
  }

  #snapshotOf(account: string): AccountSnapshot {
    const portfolio = this.account(account);
    const positions: Record<string, Decimal> = {};
    for (const { symbol, quantity } of portfolio.positions) positions[symbol] = quantity;
    const cash = Object.fromEntries(portfolio.cash);
    return { type: 'snapshot', account, at: this.#options.clock.now(), positions, cash };
  }

  #wait(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        signal?.removeEventListener('abort', done);
        resolve();
      };
      this.#wake = done;
      signal?.addEventListener('abort', done, { once: true });
    });
  }
}
