import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { canUse, type Requirement } from '../requirements.js';
import { ownFolder, removeFolder } from './janitor.js';
import {
  ServerProcess,
  findProgram,
  freePort,
  versionFolders,
  type ServerAddress,
} from './server-process.js';

/** A PostgreSQL that tests can reach. */
export interface PostgresServer extends ServerAddress {
  /** `postgres://user@host:port/database` */
  readonly url: string;
  /** Ends it and removes its files, where these tests have started it. */
  dispose?(): Promise<void>;
}

/** A PostgreSQL of its own, which a test may stop, kill and start again. Durable: fsync and synchronous commits are on. */
export interface PrivatePostgres extends PostgresServer {
  /** Starts it again, under the same address; settles when it takes connections. */
  start(): Promise<void>;
  /** `fast` (default) rolls back what is under way and ends in good order; `immediate` leaves recovery to the next start. */
  stop(how?: 'fast' | 'immediate'): Promise<void>;
  /** Ends it at once (SIGKILL). */
  kill(): Promise<void>;
  /** Stops (fast) and starts it. */
  restart(): Promise<void>;
  /** Ends its being a standby; settles when it takes writes. */
  promote(): Promise<void>;
  /** Runs SQL as its owner, on a connection of its own. */
  tell(sql: string): Promise<unknown[][]>;
  dispose(): Promise<void>;
}

const HOW_TO_GET = 'apt-get install postgresql';
const DATABASE = 'test';
// A server that is there answers at once or, on a busy machine, late; one that is not there is refused at once.
const ANSWERS_WITHIN_MS = 20_000;

let shared: Promise<PostgresServer | null> | undefined;

/**
 * The PostgreSQL to test against: that of TICKMARK_POSTGRES_URL, else one on 127.0.0.1:5432 (user `postgres`, database
 * `test`, no password), else one started for this process: in the suites with servers once for the whole run
 * (test/setup/shared-servers.ts). Others may use it too: tables belong into a schema of their own.
 * `null` when there is none: `const server = await postgresServer(); describe.skipIf(!server)(…)`.
 */
export function postgresServer(): Promise<PostgresServer | null> {
  shared ??= findOrStart();
  return shared;
}

async function findOrStart(): Promise<PostgresServer | null> {
  const given = process.env.TICKMARK_POSTGRES_URL;
  if (given) {
    const { hostname, port } = new URL(given);
    return { url: given, host: hostname, port: Number(port || 5432) };
  }
  const local = at('127.0.0.1', 5432);
  if (await answers(local.url)) return local;
  return canStartPostgres() ? privatePostgres() : null;
}

/** The programs of the server: whatever is there otherwise, some tests start, stop and freeze a PostgreSQL of their own. */
export function postgresProgram(): Requirement {
  return { name: 'PostgreSQL', isThere: findServerProgram() !== null, howToGet: HOW_TO_GET };
}

/** Whether a PostgreSQL of one's own can be started. */
export function canStartPostgres(): boolean {
  return canUse(postgresProgram());
}

/** How to start a PostgreSQL of one's own. */
export interface PrivatePostgresOptions {
  /** Follows this one, as a hot standby. Default: none, so that it is a primary. */
  readonly primary?: PrivatePostgres;
}

/** Starts a PostgreSQL of one's own on a free port: user `postgres`, database `test`, no password. */
export async function privatePostgres({ primary }: PrivatePostgresOptions = {}): Promise<PrivatePostgres> {
  const program = findServerProgram();
  if (!program) throw new Error(`There is no PostgreSQL server. How to get it: ${HOW_TO_GET}`);
  const owner = await unprivileged();
  const folder = ownFolder('postgres', owner);
  const data = join(folder, 'data');
  const run = { ...owner, cwd: folder, env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' } };
  const bin = (name: string, args: string[]) => promisify(execFile)(besideServer(name) ?? name, args, run);
  if (primary) {
    const from = ['-h', primary.host, '-p', String(primary.port), '-U', 'postgres'];
    await bin('pg_basebackup', [...from, '-c', 'fast', '-R', '--no-sync', '-D', data]);
  } else {
    await bin('initdb', [
      '-A',
      'trust',
      '-U',
      'postgres',
      '--locale=C',
      '-E',
      'UTF8',
      '--no-sync',
      '-D',
      data,
    ]);
    await createDatabase(program, data, run);
  }
  const port = await freePort();
  const settings = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: folder,
    max_connections: 200,
    log_min_messages: 'log',
  };
  const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const server = new ServerProcess([program, '-D', data, ...args], run, (output) =>
    /ready to accept (read-only )?connections/.test(output),
  );
  await server.start();
  const address = at('127.0.0.1', port);
  const tell = (sql: string) => ask(address.url, sql);
  return {
    ...address,
    tell,
    promote: async () => void (await tell('SELECT pg_promote()')),
    start: () => server.start(),
    stop: (how = 'fast') => server.signal(how === 'fast' ? 'SIGINT' : 'SIGQUIT'),
    kill: () => server.signal('SIGKILL'),
    async restart() {
      await server.signal('SIGINT');
      await server.start();
    },
    async dispose() {
      await server.signal('SIGQUIT');
      removeFolder(folder);
    },
  };
}

function at(host: string, port: number): PostgresServer {
  return { url: `postgres://postgres@${host}:${port}/${DATABASE}`, host, port };
}

async function ask(connectionString: string, sql: string): Promise<unknown[][]> {
  const client = new pg.Client({ connectionString });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<unknown[]>({ text: sql, rowMode: 'array' })).rows;
  } finally {
    await client.end();
  }
}

async function answers(connectionString: string): Promise<boolean> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: ANSWERS_WITHIN_MS });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.end();
    return true;
  } catch {
    return false;
  }
}

// initdb and postgres lie side by side; PATH often has only the clients.
function findServerProgram(): string | null {
  return besideServer('postgres');
}

function besideServer(name: string): string | null {
  return findProgram(name, versionFolders('/usr/lib/postgresql'));
}

/** Whom to run a program as that refuses to run as root; `undefined` where we are not. */
export async function unprivileged(): Promise<{ uid: number; gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  for (const user of ['postgres', 'nobody']) {
    const id = async (flag: string) => Number((await promisify(execFile)('id', [flag, user])).stdout);
    try {
      return { uid: await id('-u'), gid: await id('-g') };
    } catch {
      // No such user here.
    }
  }
  throw new Error('PostgreSQL refuses to run as root, and there is neither a user postgres nor nobody.');
}

async function createDatabase(program: string, data: string, run: object): Promise<void> {
  const single = spawn(program, ['--single', '-D', data, 'postgres'], {
    ...run,
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  let said = '';
  single.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  single.stdin.end(`CREATE DATABASE ${DATABASE}\n`);
  const [code] = (await once(single, 'close')) as [number | null];
  if (code !== 0) throw new Error(`Creating the database ${DATABASE} failed:\n${said}`);
}
