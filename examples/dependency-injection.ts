// tickmark with dependency injection, as in NestJS. The list of providers works unchanged in its `@Module({ providers })`: NestJS
// knows `provide`, `inject` and `useFactory`, awaits async factories, and calls `onModuleDestroy` when the application closes.
// In NestJS a class may have `@Injectable()` and `@Inject(MARKING)` instead of a factory.
import { setTimeout as sleep } from 'node:timers/promises';
import { PGlite } from '@electric-sql/pglite';
import { MockPriceStreamAdapter, Portfolio, markToMarket } from 'tickmark';
import type { MarkToMarket, PortfolioRepository, PriceStreamAdapter } from 'tickmark';
import { PostgresPortfolioRepository, migrate } from 'tickmark/postgres';
import { createModule, type Provider } from './dependency-injection/module.js';

const [DATABASE, REPOSITORY, STREAM, MARKING] = ['DATABASE', 'REPOSITORY', 'STREAM', 'MARKING'].map(Symbol);

/** What a controller would call. It depends on ports and `markToMarket()`, not on PostgreSQL. */
class Trading {
  readonly #marking: MarkToMarket;
  readonly #repository: PortfolioRepository;

  constructor(marking: MarkToMarket, repository: PortfolioRepository) {
    this.#marking = marking;
    this.#repository = repository;
  }

  async open(id: string, currency: string): Promise<void> {
    if (!(await this.#repository.load(id))) await this.#marking.create(Portfolio.create({ id, currency }));
  }

  async buy(id: string, symbol: string, quantity: number, price: string): Promise<number> {
    return (await this.#marking.update(id, (holdings) => holdings.buy(symbol, quantity, price))).version;
  }

  marketValue(id: string): string {
    return this.#marking.value(id)?.marketValue?.toString() ?? 'not known yet';
  }
}

/** Closes the parts in the order that lets each one finish its work. */
class Shutdown {
  readonly #parts: readonly { close(): Promise<void> }[];

  constructor(...parts: readonly { close(): Promise<void> }[]) {
    this.#parts = parts;
  }

  async onModuleDestroy(): Promise<void> {
    for (const part of this.#parts) await part.close();
    console.log('closed');
  }
}

const providers: Provider[] = [
  {
    provide: DATABASE!,
    useFactory: async () => {
      const database = new PGlite();
      await migrate(database);
      return database;
    },
  },
  {
    provide: REPOSITORY!,
    inject: [DATABASE!],
    useFactory: (database: PGlite) => new PostgresPortfolioRepository(database),
  },
  { provide: STREAM!, useFactory: () => new MockPriceStreamAdapter({ startPrice: 184, volatility: 4 }) },
  {
    provide: MARKING!,
    inject: [STREAM!, REPOSITORY!],
    useFactory: (stream: PriceStreamAdapter, repository: PortfolioRepository) =>
      markToMarket({ stream, repository }),
  },
  {
    provide: Trading,
    inject: [MARKING!, REPOSITORY!],
    useFactory: (marking: MarkToMarket, repository: PortfolioRepository) => new Trading(marking, repository),
  },
  {
    provide: Shutdown,
    inject: [MARKING!, REPOSITORY!, DATABASE!],
    useFactory: (...parts: { close(): Promise<void> }[]) => new Shutdown(...parts),
  },
];

const application = await createModule(providers);
const trading = await application.get<Trading>(Trading);
await trading.open('desk', 'USD');
console.log(`desk: version ${await trading.buy('desk', 'ACME', 100, '184.50')}`);
for (let shown = 0; shown < 5; await sleep(200)) {
  const value = trading.marketValue('desk');
  console.log(`desk: market value ${value}`);
  if (Number(value) > 0) shown++;
}
await application.close();
