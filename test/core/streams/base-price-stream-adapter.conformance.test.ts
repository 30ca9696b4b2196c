import { describe } from 'vitest';
import { runner } from '../../conformance/without-skips.js';
import { priceStreamAdapterConformance } from '../../../src/conformance/index.js';
import { BasePriceStreamAdapter } from '../../../src/core/streams/base-price-stream-adapter.js';
import type { BasePriceStreamAdapterOptions } from '../../../src/core/streams/base-price-stream-adapter-options.js';
import type { PriceStreamVenue } from '../../../src/conformance/index.js';
import type { PriceStreamLink } from '../../../src/core/streams/price-stream-link.js';

/** A minimal adapter, so that the kit tests what it inherits. */
class LeastAdapter extends BasePriceStreamAdapter {
  #link: PriceStreamLink | undefined;
  #brokenAt = 0;
  #refuses = false;

  readonly venue: Required<PriceStreamVenue> = {
    send: (update) => this.#link?.deliver(update),
    breakLink: () => {
      this.#brokenAt = this.clock.now();
      this.#link?.reconnecting(1, this.#brokenAt);
    },
    restoreLink: () => {
      const symbols = this.getSubscribedSymbols();
      this.#link?.restored();
      this.#link?.deliver({
        type: 'gap',
        from: this.#brokenAt,
        to: this.clock.now(),
        symbols,
        reason: 'disconnect',
        recovered: true,
      });
    },
    refuse: () => void (this.#refuses = true),
    accept: () => void (this.#refuses = false),
  };

  protected openLink(link: PriceStreamLink): void {
    if (this.#refuses) throw new Error('refused');
    this.#link = link;
  }

  protected closeLink(): void {
    this.#link = undefined;
  }
}

describe.each<[string, BasePriceStreamAdapterOptions, number | undefined]>([
  ['without a limit', {}, undefined],
  ['with a limit', { maxSymbols: 3 }, 3],
])('BasePriceStreamAdapter %s', (_, options, maxSymbols) => {
  priceStreamAdapterConformance(runner, {
    createHarness: () => {
      const adapter = new LeastAdapter(options);
      return { adapter, venue: adapter.venue };
    },
    supports: { breakLink: true, refuse: true, ...(maxSymbols !== undefined && { maxSymbols }) },
  });
});
