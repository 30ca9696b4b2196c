/** Enters trades into portfolios that other processes change at the same time. Says the number of each that is stored. */
import { Portfolio, TickmarkError } from 'tickmark';
import { SqlitePortfolioRepository, migrateSqlite } from 'tickmark/sqlite';
import { openSqlite, type SqliteDriver } from '../servers/sqlite.js';
import { workerLink } from '../servers/worker-link.js';

/** What a worker is to do. */
export interface TradesTask {
  readonly driver: SqliteDriver;
  readonly installed: string;
  readonly file: string;
  /** Ids of the trades begin with it. */
  readonly name: string;
  readonly portfolios: readonly string[];
  /** Number of the first trade. */
  readonly from: number;
  readonly to: number;
}

const { args, send } = workerLink<TradesTask, never, number>();
const database = openSqlite(args.driver, args.file, { installed: args.installed });
await again(() => migrateSqlite(database, { busyTimeoutMs: 60_000 }));
const repository = new SqlitePortfolioRepository(database, { busyTimeoutMs: 60_000 });

for (let number = args.from; number < args.to; number++) {
  const id = args.portfolios[number % args.portfolios.length]!;
  await again(async () => {
    const portfolio =
      (await repository.load(id, { ledger: 'whole' })) ?? Portfolio.create({ id, currency: 'USD' });
    const traded = portfolio.buy('ACME', 1, 100, {
      id: `${args.name}-${number}`,
      at: 1_700_000_000_000 + number,
    });
    // A trade that was stored before this process was killed is known, and changes nothing.
    if (traded !== portfolio) await repository.save(traded);
  });
  send(number);
}
database.close();

/** Once more as long as others were faster. */
async function again(work: () => Promise<unknown>): Promise<void> {
  while (true) {
    try {
      await work();
      return;
    } catch (error) {
      if (!(error instanceof TickmarkError && error.code === 'VERSION_CONFLICT')) throw error;
    }
  }
}
