import { PGlite } from '@electric-sql/pglite';
import { migrate, migrationSql } from 'tickmark/postgres';

const pool = new PGlite(); // Or a pg.Pool, or the sql of postgres.js.
console.log(await migrate(pool, { schema: 'tickmark' })); // [1, 2]: applied just now
console.log(await migrate(pool, { schema: 'tickmark' })); // []: nothing to do
console.log(migrationSql({ schema: 'tickmark' })); // The same as text, for tools and eyes of your own.
await pool.close();
