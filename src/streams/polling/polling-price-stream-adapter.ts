import { TickmarkError } from '../../core/errors.js';
import { BasePriceStreamAdapter } from '../../core/streams/base-price-stream-adapter.js';
import type { PriceStreamLink } from '../../core/streams/price-stream-link.js';
import type { PriceUpdate } from '../../core/prices/price-update.js';
import { systemRandom } from '../../core/random.js';
import { DecodingCounts } from '../connection/decoding-counts.js';
import { platformFetch } from '../connection/http-fetch.js';
import { SymbolFreshness } from '../connection/symbol-freshness.js';
import { acceptedSymbols } from '../connection/provider.js';
import { HttpPoller, type PollOutcome, type Validators } from './http-poller.js';
import { LastPrices } from './last-prices.js';
import { PollLoop, type PollLoopHost } from './poll-loop.js';
import {
  readPollingOptions,
  type PollingPriceStreamAdapterOptions,
  type PollingSettings,
  type PollingStats,
  POLLING_OPTIONS,
} from './polling-options.js';
import { PollingHealth, type PollingFailure } from './polling-health.js';
import type { PollSink } from './polling-source.js';
import { checkOptions } from '../../core/options.js';

/** A body that cannot be used at all. */
interface UnusableBody {
  readonly reason: string;
  /** What the decoder threw. */
  readonly cause?: unknown;
}

/**
 * A price stream of a source that is polled over HTTP: one request at a time, each with a deadline.
 *
 * - `connect()` and `subscribe()` resolve at once. The first request is sent for the first symbol; new symbols are requested soon.
 * - After a failed request (no response in time, a status other than 200 and 304, an unusable body) the status is `reconnecting`, and the
 *   request is retried with backoff, not before `Retry-After`. The next response brings a gap, then all its prices. Each failure goes to
 *   `onError`. Few failures are final, such as a key that is refused three times in a row: then the status is `failed`. docs/streams/README.md
 *   has the table.
 * - An unchanged price is delivered again after `repeatMs` only, to confirm it.
 * - `ETag` and `Last-Modified` are sent back, so that an unchanged response needs no body.
 * - A response after its deadline is dropped, and so is a price that is older than a known one.
 *
 * @example
 * ```ts
 * import { PollingPriceStreamAdapter, aktools } from 'tickmark/polling';
 *
 * const stream = new PollingPriceStreamAdapter({ source: aktools(), intervalMs: 60_000 });
 * stream.onMessage((message) => console.log(message));
 * await stream.connect();
 * await stream.subscribe(['600519', '000001']);
 * ```
 */
export class PollingPriceStreamAdapter extends BasePriceStreamAdapter {
  readonly #options: PollingPriceStreamAdapterOptions;
  readonly #settings: PollingSettings;
  readonly #poller: HttpPoller;
  readonly #counts: DecodingCounts;
  readonly #freshness: SymbolFreshness | undefined;
  readonly #wanted = new Set<string>();
  readonly #lastPrices: LastPrices;
  readonly #refused = new Map<string, string>();
  readonly #validators = new Map<string, Validators>();
  readonly #counters = {
    requests: 0,
    responses: 0,
    notModified: 0,
    failures: 0,
    unchanged: 0,
    outdated: 0,
  };
  #health: PollingHealth | undefined;
  #loop: PollLoop | undefined;
  #running: Promise<void> | undefined;

  /** @throws TickmarkError `INVALID_ARGUMENT` for an option outside what is accepted. */
  constructor(options: PollingPriceStreamAdapterOptions) {
    checkOptions('PollingPriceStreamAdapter', options, POLLING_OPTIONS);
    const settings = readPollingOptions(options);
    const { source, fetch = platformFetch, freshness } = options;
    const { calendar = source.calendar } = options;
    super({
      ...options,
      ...(calendar && { calendar }),
      ...(source.maxSymbols !== undefined && { maxSymbols: source.maxSymbols }),
    });
    this.#options = options;
    this.#settings = settings;
    const report = (error: TickmarkError): void => this.reportError(error);
    this.#counts = new DecodingCounts({ name: source.name, clock: this.clock, report });
    this.#lastPrices = new LastPrices(settings.repeatMs);
    this.#poller = new HttpPoller({ source, clock: this.clock, fetch, ...settings });
    this.#freshness = freshness && new SymbolFreshness({ ...freshness, clock: this.clock }, report);
  }

  /** Counters so far. */
  override stats(): PollingStats {
    return {
      ...super.stats(),
      ...this.#counts.stats(),
      ...this.#counters,
      unpriced: this.#unpriced(),
      refused: Object.fromEntries(this.#refused),
      stale: this.#freshness?.stale() ?? [],
    };
  }

  protected override openLink(link: PriceStreamLink): void {
    const { clock } = this;
    const { intervalMs, jitter, backoff } = this.#settings;
    const { source, random = systemRandom } = this.#options;
    const { symbolsPerRequest, recovers = true } = source;
    this.#poller.reset();
    this.#health = new PollingHealth({
      link,
      backoff: { ...backoff, clock, random },
      recovers,
      symbols: () => this.getSubscribedSymbols(),
      report: (error) => this.reportError(error),
    });
    const options = { clock, random, intervalMs, jitter, symbolsPerRequest };
    this.#loop = new PollLoop(options, this.#loopHost, link.signal);
    this.#running = this.#loop.run();
  }

  protected override async closeLink(): Promise<void> {
    await this.#running;
    this.#health = this.#loop = this.#running = undefined;
    this.#wanted.clear();
    this.#lastPrices.forget();
    this.#validators.clear();
    this.#freshness?.stop();
  }

  protected override addSymbols(symbols: readonly string[]): void {
    const accepted = acceptedSymbols(this.#options.source, symbols, (error) => {
      this.#refused.set(error.symbol, error.reason);
      this.reportError(error);
      // Takes effect after the subscribe() that is under way.
      void this.unsubscribe([error.symbol]).catch(() => undefined);
    });
    for (const symbol of accepted) this.#wanted.add(symbol);
    // Status 304 would bring no price for these.
    this.#validators.clear();
    this.#freshness?.watch(accepted);
    this.#loop?.symbolsAdded();
  }

  protected override removeSymbols(symbols: readonly string[]): void {
    for (const symbol of symbols) this.#wanted.delete(symbol);
    this.#lastPrices.forget(symbols);
    this.#freshness?.unwatch(symbols);
  }

  readonly #loopHost: PollLoopHost = {
    symbols: () => [...this.#wanted],
    lacksPrices: () => this.#unpriced().length > 0,
    poll: async (group, signal) => {
      this.#counters.requests++;
      const key = group.join();
      const outcome = await this.#poller.poll(group, this.#validators.get(key), signal);
      const health = this.#health;
      if (signal.aborted || !health) return undefined;
      const failure = this.#handle(group, outcome, health);
      if (failure) return this.#failed(failure, health);
      if (outcome.kind === 'body') this.#validators.set(key, outcome.validators);
      return undefined;
    },
  };

  /** Delivers the prices of a response, or returns why it failed. */
  #handle(group: readonly string[], outcome: PollOutcome, health: PollingHealth): PollingFailure | undefined {
    const counters = this.#counters;
    if (outcome.kind === 'failed') return outcome;
    if (outcome.kind === 'unchanged') {
      counters.notModified++;
      this.#succeeded(health);
      for (const symbol of group) this.#confirm(symbol, health.link);
      return undefined;
    }
    counters.responses++;
    this.#counts.received(outcome.bytes);
    const updates = this.#decode(group, outcome.body);
    if ('reason' in updates) {
      const { reason, cause } = updates;
      const message = `${this.#options.source.name}: the response cannot be used: ${reason}.`;
      return { error: new TickmarkError('STREAM_FAILED', message, { retryable: true, cause }) };
    }
    this.#succeeded(health);
    for (const update of updates) this.#deliver(update, health.link);
    return undefined;
  }

  #decode(group: readonly string[], body: string): readonly PriceUpdate[] | UnusableBody {
    const { source } = this.#options;
    const counts = this.#counts;
    // A response for all symbols also serves those that were added since the request.
    const symbols = source.symbolsPerRequest === undefined ? [...this.#wanted] : [...group];
    const updates: PriceUpdate[] = [];
    let failure: UnusableBody | undefined;
    const sink: PollSink = {
      update: (update) => {
        if (counts.accepts(update)) updates.push(update);
      },
      control: (kind) => counts.control(kind),
      rejected: (reason) => counts.rejected(reason),
      failed: (reason) => {
        counts.failed(reason);
        failure ??= { reason };
      },
    };
    const response = { symbols, receivedAt: this.clock.now() };
    counts.explain(
      () => source.decode(body, sink, response),
      (cause) => (failure = { reason: 'the decoder threw', cause }),
    );
    return failure ?? updates;
  }

  #deliver(update: PriceUpdate, link: PriceStreamLink): void {
    // The link counts and drops it.
    if (!this.#wanted.has(update.symbol)) return link.deliver(update);
    const novelty = this.#lastPrices.classify(update, this.clock.monotonic());
    this.#freshness?.seen(update.symbol);
    if (novelty === 'new' || novelty === 'repeated') link.deliver(update);
    else this.#counters[novelty]++;
  }

  /** A response confirms the last price of a symbol. */
  #confirm(symbol: string, link: PriceStreamLink): void {
    if (this.#lastPrices.has(symbol)) this.#freshness?.seen(symbol);
    const update = this.#lastPrices.due(symbol, this.clock.monotonic());
    if (!update) return;
    const receivedAt = this.clock.now();
    const timestamp = update.timeSource === 'received' ? receivedAt : update.timestamp;
    link.deliver({ ...update, timestamp, receivedAt });
  }

  #succeeded(health: PollingHealth): void {
    this.#poller.accepted();
    health.succeeded();
  }

  #failed(failure: PollingFailure, health: PollingHealth): number {
    this.#counters.failures++;
    // After an outage every price is delivered: none was confirmed during it.
    this.#lastPrices.forget();
    this.#validators.clear();
    return health.failed(failure);
  }

  #unpriced(): readonly string[] {
    return [...this.#wanted].filter((symbol) => !this.#lastPrices.has(symbol));
  }
}
