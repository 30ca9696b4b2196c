// Creates the tables and the portfolios. What is there already is deleted.
import { parseArgs } from 'node:util';
import { Portfolio } from 'tickmark';
import { migrate } from 'tickmark/postgres';
import { schema, services, symbols } from './settings.js';

/** Creates so many portfolios of ten positions each. */
export async function seed(portfolios: number): Promise<void> {
  const { pool, repository, close } = services();
  await pool.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
  await migrate(pool, { schema });
  for (let at = 0; at < portfolios; at += 1_000) {
    const some = Array.from({ length: Math.min(1_000, portfolios - at) }, (_, n) =>
      Portfolio.create({
        id: `p${at + n}`,
        currency: 'USD',
        positions: Array.from({ length: 10 }, (_, k) => ({
          symbol: symbols[((at + n) * 7 + k * 19) % symbols.length]!,
          quantity: 10 + k,
          averageCost: 100,
        })),
      }),
    );
    await repository.saveMany(some);
  }
  await close();
}

// Run as a program, such as in examples/deploy.
if (process.argv[1] === import.meta.filename) {
  const { values } = parseArgs({ options: { portfolios: { type: 'string', default: '2000' } } });
  await seed(Number(values.portfolios));
  console.log(`${values.portfolios} portfolios in ${schema}`);
}
