import { BasePriceStreamAdapter, type PriceStreamLink } from 'tickmark';
import { pricesAt } from './market.js';

/** The market as a stream: every few ms a price of each symbol, with the machine's time. */
export class MarketStream extends BasePriceStreamAdapter {
  /** Time of the last prices. */
  lastTime = 0;
  readonly #intervalMs: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(intervalMs: number) {
    super();
    this.#intervalMs = intervalMs;
  }

  /** No prices from now on. */
  halt(): void {
    clearInterval(this.#timer);
  }

  protected openLink(link: PriceStreamLink): void {
    this.#timer = setInterval(() => {
      this.lastTime = Math.max(this.lastTime + 1, Date.now());
      for (const update of pricesAt(this.lastTime, this.getSubscribedSymbols())) link.deliver(update);
    }, this.#intervalMs);
  }

  protected closeLink(): void {
    this.halt();
  }

  protected override addSymbols(): void {}

  protected override removeSymbols(): void {}
}
