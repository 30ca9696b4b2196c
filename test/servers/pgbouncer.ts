import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { canUse, type Requirement } from '../requirements.js';
import { ownFolder, removeFolder } from './janitor.js';
import { unprivileged, type PostgresServer } from './postgres.js';
import { ServerProcess, findProgram, freePort } from './server-process.js';

/** A PgBouncer in transaction mode before a PostgreSQL. */
export interface PgBouncer extends PostgresServer {
  dispose(): Promise<void>;
}

const FOLDERS = ['/usr/sbin', '/usr/local/sbin'];

/** The program of the pooler. */
export function pgBouncerProgram(): Requirement {
  const isThere = findProgram('pgbouncer', FOLDERS) !== null;
  return { name: 'PgBouncer', isThere, howToGet: 'apt-get install pgbouncer' };
}

/** Whether a PgBouncer can be started. */
export function canStartPgBouncer(): boolean {
  return canUse(pgBouncerProgram());
}

/**
 * Starts a PgBouncer that hands each transaction to one of `connections` connections of the server: whatever a client would
 * leave on its connection reaches another client.
 */
export async function pgBouncer(server: PostgresServer, connections: number): Promise<PgBouncer> {
  const owner = await unprivileged();
  const folder = ownFolder('pgbouncer', owner);
  const { hostname, port: serverPort, username, password, pathname } = new URL(server.url);
  const database = pathname.slice(1);
  const user = `user=${username}${password ? ` password=${password}` : ''}`;
  const port = await freePort();
  const file = join(folder, 'pgbouncer.ini');
  const settings = `[databases]
${database} = host=${hostname} port=${serverPort || 5432} dbname=${database} ${user}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = ${connections}
max_client_conn = 200
server_login_retry = 1
`;
  writeFileSync(file, settings, { mode: 0o644 });
  const bouncer = new ServerProcess(
    [findProgram('pgbouncer', FOLDERS)!, file],
    { ...owner, cwd: folder },
    (output) => output.includes('process up'),
  );
  await bouncer.start();
  return {
    url: `postgres://${username}@127.0.0.1:${port}/${database}`,
    host: '127.0.0.1',
    port,
    async dispose() {
      await bouncer.signal('SIGKILL');
      removeFolder(folder);
    },
  };
}
