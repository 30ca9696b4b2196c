import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { PGlite } from '@electric-sql/pglite';
import { afterAll, beforeAll } from 'vitest';
import { SLOW_TEST_MS } from '../waiting.js';

const packageFile = new URL('../../node_modules/@electric-sql/pglite/package.json', import.meta.url);
const { version } = JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string };
const cache = new URL('../../node_modules/.cache/', import.meta.url);
const file = new URL(`pglite-${version}.tar`, cache);

/** The files of an empty cluster: creating them takes ten times as long as reading them. */
async function emptyCluster(): Promise<Blob> {
  try {
    return new Blob([readFileSync(file)]);
  } catch {
    const database = await PGlite.create();
    const files = await database.dumpDataDir('none');
    await database.close();
    mkdirSync(cache, { recursive: true });
    // Renamed at the end, so that other processes see the whole folder or none.
    const part = new URL(`${file.href}.${process.pid}`);
    writeFileSync(part, Buffer.from(await files.arrayBuffer()));
    renameSync(part, file);
    return files;
  }
}

const cluster = await emptyCluster();

/** A new PGlite without any tables. */
export function emptyPglite(): PGlite {
  return new PGlite({ loadDataDir: cluster });
}

const SCHEMAS = `SELECT nspname AS name FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'`;
let shared: PGlite | undefined;

/**
 * The PGlite of this worker, which starts once for all files that run there, because a start costs a second of processor
 * time. The contents are removed after the tests of each file. Call it once, outside of any `describe`.
 */
export function sharedPglite(): PGlite {
  const database = (shared ??= emptyPglite());
  beforeAll(() => database.waitReady, SLOW_TEST_MS);
  afterAll(async () => {
    const { rows } = await database.query<{ name: string }>(SCHEMAS);
    for (const { name } of rows) await database.exec(`DROP SCHEMA "${name}" CASCADE`);
    await database.exec('CREATE SCHEMA public; RESET ALL');
  }, SLOW_TEST_MS);
  return database;
}
