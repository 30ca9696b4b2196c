import { randomUUID } from 'node:crypto';
// Under another name, which the bundles of workers have not taken yet.
import { createRequire as requireFrom } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SqliteDatabase } from '../../src/sqlite/sqlite-database.js';
import { canUse, type Requirement } from '../requirements.js';
import { ownFolder } from './janitor.js';

/** A driver of SQLite. */
export type SqliteDriver = 'better-sqlite3' | 'node:sqlite';

/** A database as a driver opens it. */
export interface SqliteHandle extends SqliteDatabase {
  close(): void;
}

/** Where better-sqlite3 is installed: it is compiled where there is no binary for the platform, so `npm ci` leaves it out. */
export const INSTALLED = fileURLToPath(new URL('sqlite/', import.meta.url));

/** How to open a database. */
export interface OpenOptions {
  /** Integers as bigints. */
  readonly bigints?: boolean;
  /** Where better-sqlite3 is installed. */
  readonly installed?: string;
}

/** Opens a file; `':memory:'` is one without a file. */
export function openSqlite(driver: SqliteDriver, file: string, options: OpenOptions = {}): SqliteHandle {
  const { bigints = false, installed = INSTALLED } = options;
  if (driver === 'node:sqlite') {
    const { DatabaseSync } = process.getBuiltinModule('node:sqlite') as {
      DatabaseSync: new (file: string, options: object) => SqliteHandle;
    };
    return new DatabaseSync(file, { readBigInts: bigints });
  }
  const Database = requireFrom(join(installed, 'package.json'))('better-sqlite3') as new (
    file: string,
  ) => SqliteHandle & { defaultSafeIntegers(on: boolean): void };
  const database = new Database(file);
  if (bigints) database.defaultSafeIntegers(true);
  return database;
}

/** The drivers to test with: `node:sqlite` only where this Node has it, since nobody can install it elsewhere. */
export const DRIVERS: readonly SqliteDriver[] = process.getBuiltinModule?.('node:sqlite')
  ? ['better-sqlite3', 'node:sqlite']
  : ['better-sqlite3'];

let found: Requirement | undefined;

/** better-sqlite3, in a folder of its own. */
export function betterSqlite3(): Requirement {
  found ??= { name: 'better-sqlite3', isThere: opens(), howToGet: 'npm ci --prefix test/servers/sqlite' };
  return found;
}

/** Whether tests with a driver can run here. */
export function canUseSqlite(driver: SqliteDriver): boolean {
  return driver === 'node:sqlite' || canUse(betterSqlite3());
}

let folder: string | undefined;

/** A path for a database of one's own. */
export function newSqliteFile(): string {
  folder ??= ownFolder('sqlite');
  return join(folder, `${randomUUID()}.db`);
}

// Also false where it was compiled for another version of Node.
function opens(): boolean {
  try {
    openSqlite('better-sqlite3', ':memory:').close();
    return true;
  } catch {
    return false;
  }
}
