import pg from 'pg';

const pool = new pg.Pool({
  max: 10,
  // Without it a server that does not answer is waited for without end.
  connectionTimeoutMillis: 5_000,
  // Longer than statementTimeoutMs: frees the connection when the network has swallowed an answer.
  query_timeout: 12_000,
  keepAlive: true,
});
console.log(`connections: ${pool.totalCount}`);
await pool.end();
