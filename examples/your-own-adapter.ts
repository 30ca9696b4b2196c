// A price stream of your own: four methods of BasePriceStreamAdapter, here around an async generator.
import { setTimeout as sleep } from 'node:timers/promises';
import { BasePriceStreamAdapter, isGap, type PriceStreamLink, type PriceUpdate } from 'tickmark';

/** Plays your venue: any source of prices that can be stopped. */
async function* venue(signal: AbortSignal): AsyncGenerator<PriceUpdate> {
  for (let tick = 0; ; tick++) {
    await sleep(50, undefined, { signal });
    const timestamp = Date.now();
    yield { symbol: 'TEA', price: (4 + Math.sin(tick / 3) / 10).toFixed(2), timestamp, currency: 'GBP' };
    yield { symbol: 'COFFEE', price: (6 + Math.cos(tick / 3) / 10).toFixed(2), timestamp, currency: 'GBP' };
  }
}

class GeneratorStream extends BasePriceStreamAdapter {
  #reading: Promise<void> | undefined;

  protected override openLink(link: PriceStreamLink): void {
    this.#reading = this.#read(link);
  }

  protected override async closeLink(): Promise<void> {
    await this.#reading;
  }

  // This venue sends every symbol; delivery drops those without a subscription.
  protected override addSymbols(): void {}
  protected override removeSymbols(): void {}

  async #read(link: PriceStreamLink): Promise<void> {
    try {
      for await (const price of venue(link.signal)) link.deliver(price);
      link.end();
    } catch (error) {
      // No effect if the link was closed on purpose.
      link.fail(error);
    }
  }
}

const stream = new GeneratorStream();
stream.onStatus(({ state }) => console.log(`status: ${state}`));

await stream.connect();
await stream.subscribe(['TEA']);
let shown = 0;
for await (const message of stream) {
  if (!isGap(message)) console.log(`${message.symbol} ${message.price} ${message.currency}`);
  if (++shown === 5) break;
}
await stream.disconnect();
console.log(`delivered: ${JSON.stringify(stream.stats())}`);
