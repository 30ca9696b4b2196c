import { InMemoryPortfolioRepository, MockPriceStreamAdapter, Portfolio, markToMarket } from 'tickmark';
import type { MarkToMarket, MarkToMarketOptions, PortfolioInput, PriceUpdate } from 'tickmark';
import type { GatewayOptions } from 'tickmark/gateway';
import { buildPage, type PageFiles } from '../../examples/demo/page-build.js';
import { openSite, type Site } from '../../examples/demo/site.js';

let files: Promise<PageFiles> | undefined;

/** The dashboard on portfolios and prices of a test. */
export class DemoSite {
  readonly marking: MarkToMarket;
  readonly #stream: MockPriceStreamAdapter;
  readonly #site: Site;
  #newest = 0;

  private constructor(marking: MarkToMarket, stream: MockPriceStreamAdapter, site: Site) {
    this.marking = marking;
    this.#stream = stream;
    this.#site = site;
  }

  static async start(
    inputs: readonly PortfolioInput[],
    gateway: Partial<GatewayOptions> = {},
    calendars?: MarkToMarketOptions['calendars'],
  ): Promise<DemoSite> {
    const portfolios = inputs.map((input) => Portfolio.create(input));
    const repository = new InMemoryPortfolioRepository();
    for (const each of portfolios) await repository.save(each);
    const symbols = portfolios.flatMap(({ positions }) => positions.map(({ symbol }) => symbol));
    // Prices come from the test only.
    const silent = Object.fromEntries(symbols.map((symbol) => [symbol, { intervalMs: 0 }]));
    const stream = new MockPriceStreamAdapter({ seed: 1, symbols: silent });
    const marking = await markToMarket({ stream, repository, calendars });
    files ??= buildPage();
    const market = { kind: 'made-up', stream, portfolios, fx: [] } as const;
    const site = await openSite({ port: 0, marking, market, storeNames: [], files, gateway });
    return new DemoSite(marking, stream, site);
  }

  get url(): string {
    return this.#site.url;
  }

  get gateway() {
    return this.#site.gateway;
  }

  /** Prices in USD, as from the market, whose clock is never set back. */
  prices(prices: Readonly<Record<string, string>>, more: Partial<PriceUpdate> = {}): void {
    const timestamp = (this.#newest = Math.max(this.#newest + 1, Date.now()));
    for (const [symbol, price] of Object.entries(prices))
      this.#stream.emit({ symbol, price, currency: 'USD', timestamp, ...more });
  }

  /** Stops to serve: nobody answers any more. */
  down(): Promise<void> {
    return this.#site.close();
  }

  async close(): Promise<void> {
    await this.#site.close().catch(() => undefined);
    await this.marking.close({ timeoutMs: 300 });
  }
}
