import {
  BasePriceStreamAdapter,
  type BasePriceStreamAdapterOptions,
} from '../../core/streams/base-price-stream-adapter.js';
import { GatheredCalls } from './gathered-calls.js';

/** An adapter to which every change of symbols is dear: calls of `subscribe()` within a few ms become one. */
export abstract class GatheringPriceStreamAdapter extends BasePriceStreamAdapter {
  readonly #subscriptions: GatheredCalls | undefined;

  /** @param gatherMs how long calls are gathered, in ms; absent where a change costs nothing. */
  constructor(options: BasePriceStreamAdapterOptions, gatherMs: number | undefined) {
    super(options);
    if (gatherMs === undefined) return;
    this.#subscriptions = new GatheredCalls(this.clock, gatherMs, (symbols) => super.subscribe(symbols));
  }

  override subscribe(symbols: readonly string[]): Promise<void> {
    // What cannot be gathered is refused there.
    if (!this.#subscriptions || !Array.isArray(symbols) || symbols.length === 0)
      return super.subscribe(symbols);
    return this.#subscriptions.add(symbols);
  }

  // Whatever follows a call comes after it, too.
  override unsubscribe(symbols: readonly string[]): Promise<void> {
    this.#subscriptions?.flush();
    return super.unsubscribe(symbols);
  }

  override connect(options?: { signal?: AbortSignal }): Promise<void> {
    this.#subscriptions?.flush();
    return super.connect(options);
  }

  override disconnect(): Promise<void> {
    this.#subscriptions?.flush();
    return super.disconnect();
  }
}
