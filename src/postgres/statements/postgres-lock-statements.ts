/** The statements of a lock on a table of leases. Each is a transaction of its own and uses the server's clock. */
export interface LeaseStatements {
  /** `$1` keys, `$2` owner, `$3` ms. For each key in order: for how many ms the keys are held, its token. */
  readonly grant: string;
  /** As `grant`; a row for each key that the owner holds. */
  readonly extend: string;
  /** `$1` keys, `$2` owner. */
  readonly release: string;
  /** `$1` ms; one row: how many were deleted. */
  readonly prune: string;
}

// Longer keys do not fit into an index. No other key begins with the byte 0, which text cannot contain.
const ASKED = `asked AS (
  SELECT ordinal, CASE WHEN octet_length(name) <= 1024 THEN name ELSE '\\x00'::bytea || sha256(name) END AS key
  FROM (SELECT convert_to(name, 'UTF8') AS name, ordinal FROM unnest($1::text[]) WITH ORDINALITY AS n (name, ordinal)) n
)`;
const EXPIRY = `clock_timestamp() + $3::float8 * interval '1 millisecond'`;

/**
 * Each statement locks rows in the order of their keys, so that statements do not deadlock.
 *
 * A token is one above the last, and at least the server's time in µs since 1970: tokens still rise after a row was deleted.
 */
export function leaseStatements(table: string): LeaseStatements {
  const mine = `mine AS (
  SELECT l.key FROM ${table} l JOIN asked USING (key)
  WHERE l.owner = $2::text AND l.expires_at > clock_timestamp()
  ORDER BY l.key FOR UPDATE OF l
)`;
  return {
    grant: `WITH ${ASKED}, found AS (
  SELECT l.owner, l.expires_at FROM ${table} l JOIN asked USING (key) ORDER BY l.key FOR UPDATE OF l
), busy AS (
  SELECT ceil(extract(epoch FROM max(expires_at) - clock_timestamp()) * 1000) AS held_for_ms FROM found
  WHERE owner <> $2::text AND expires_at > clock_timestamp() HAVING count(*) > 0
), granted AS (
  INSERT INTO ${table} AS l (key, token, owner, expires_at)
  SELECT key, floor(extract(epoch FROM clock_timestamp()) * 1000000)::bigint, $2::text, ${EXPIRY}
  FROM asked WHERE NOT EXISTS (SELECT FROM busy) ORDER BY key
  ON CONFLICT (key) DO UPDATE
  SET token = greatest(l.token + 1, excluded.token), owner = excluded.owner, expires_at = ${EXPIRY}
  WHERE l.owner IS NULL OR l.owner = excluded.owner OR l.expires_at <= clock_timestamp()
  RETURNING key, token
)
SELECT (SELECT held_for_ms FROM busy)::text, token::text FROM asked LEFT JOIN granted USING (key) ORDER BY ordinal`,
    extend: `WITH ${ASKED}, ${mine}
UPDATE ${table} l SET expires_at = ${EXPIRY}
FROM mine WHERE l.key = mine.key RETURNING ''`,
    release: `WITH ${ASKED}, ${mine}
UPDATE ${table} l SET owner = NULL, expires_at = clock_timestamp() FROM mine WHERE l.key = mine.key`,
    prune: `WITH pruned AS (
  DELETE FROM ${table} WHERE expires_at < clock_timestamp() - $1::float8 * interval '1 millisecond' RETURNING 1
)
SELECT count(*)::text FROM pruned`,
  };
}
