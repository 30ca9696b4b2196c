// For other programs: totals, positions and cash in plain SQL, at the last stored prices. Runs on PGlite; every client of a
// PostgreSQL server reads the same tables and views.
import { PGlite } from '@electric-sql/pglite';
import { Portfolio } from 'tickmark';
import { PortfolioValuationService, priceRecord } from 'tickmark/parts';
import { PostgresPortfolioRepository, migrate } from 'tickmark/postgres';

const database = new PGlite();
await migrate(database);
const repository = new PostgresPortfolioRepository(database);
const ada = Portfolio.create({
  id: 'ada',
  currency: 'EUR',
  cash: { EUR: 250, USD: '100.50' },
  positions: [
    { symbol: 'ACME', quantity: 10, averageCost: 180, currency: 'USD' },
    { symbol: 'SOLARIS', quantity: '2.5', averageCost: '96.30' },
    { symbol: 'NEWCO', quantity: 3, averageCost: 12 },
  ],
});
const ben = Portfolio.create({
  id: 'ben',
  currency: 'EUR',
  positions: [{ symbol: 'SOLARIS', quantity: -4 }],
});
for (const portfolio of [ada, ben]) await repository.save(portfolio);

// An engine stores prices and totals by itself; here we do it once, by hand.
const timestamp = Date.UTC(2026, 2, 3, 16);
const updates = [
  { symbol: 'ACME', price: '184.08', timestamp, currency: 'USD' },
  { symbol: 'SOLARIS', price: '98.20', timestamp, currency: 'EUR' },
  { symbol: 'EUR/USD', price: '1.0486', timestamp },
];
await new PortfolioValuationService({ repository, fx: ['EUR/USD'] }).batchRevaluatePortfolios(
  ['ada', 'ben'],
  {
    updates,
  },
);
await repository.savePrices(updates.map((update) => priceRecord(update)));

async function show(title: string, sql: string): Promise<void> {
  console.log(`\n${title}`);
  const { rows } = await database.query<Record<string, unknown>>(sql);
  for (const row of rows) console.log(`  ${Object.values(row).join('  ')}`);
}

await show(
  'totals, and whether they are of the current holdings',
  `SELECT portfolio_id, market_value, cash, equity, currency, complete, is_current FROM tickmark_portfolio_values
   ORDER BY portfolio_id`,
);
await show(
  'positions at the last price; NEWCO has no price, so it has no value',
  `SELECT portfolio_id, symbol, quantity, price, market_value, unrealized_pnl, currency FROM tickmark_position_values
   ORDER BY portfolio_id, symbol`,
);
await show(
  'exposure by symbol',
  `SELECT symbol, sum(quantity) AS net_quantity, sum(market_value) AS net_value, currency
   FROM tickmark_position_values GROUP BY symbol, currency ORDER BY symbol`,
);
await show('cash', 'SELECT * FROM tickmark_cash_balances ORDER BY portfolio_id, currency');

// Another process trades: the stored totals are of version 1 until an engine has valued version 2.
await repository.save((await repository.load('ben'))!.buy('SOLARIS', 1, '98.20'));
await show(
  'after a trade',
  `SELECT portfolio_id, version, is_current FROM tickmark_portfolio_values WHERE NOT is_current`,
);

await repository.close();
await database.close();
