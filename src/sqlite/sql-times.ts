/** Now, in ms since 1970. */
export const NOW_MS = `(julianday('now') - 2440587.5) * 86400000`;

/** Columns with times in ms since 1970 as ISO 8601, UTC. */
export const times = (table: string, columns: readonly string[]): string =>
  columns
    .map((column) => `strftime('%Y-%m-%dT%H:%M:%fZ', ${table}.${column} / 1000.0, 'unixepoch') AS ${column}`)
    .join(',\n  ');
