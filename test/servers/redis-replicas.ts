import { Redis } from 'ioredis';
import { until } from '../waiting.js';
import { ownFolder, removeFolder } from './janitor.js';
import { privateRedis, type PrivateRedis } from './redis.js';
import { ServerProcess, findProgram, freePort } from './server-process.js';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A master and a replica, which may change places. */
export interface RedisPair {
  readonly nodes: readonly [PrivateRedis, PrivateRedis];
  /** The master. */
  readonly master: () => PrivateRedis;
  /** Makes the replica the master, and the master its replica. */
  switchRoles(): Promise<void>;
  /** Runs a command on a node. */
  tell(node: PrivateRedis, ...command: string[]): Promise<unknown>;
  dispose(): Promise<void>;
}

// What a full copy waits for by default would be most of a test.
const SETTINGS = { 'repl-diskless-sync-delay': '0', 'repl-ping-replica-period': '1' };

/** Starts both on free ports; settles when the replica follows. */
export async function redisPair(): Promise<RedisPair> {
  const nodes = [
    await privateRedis({ settings: SETTINGS }),
    await privateRedis({ settings: SETTINGS }),
  ] as const;
  let master: 0 | 1 = 0;
  const follow = async (node: PrivateRedis, leader: PrivateRedis): Promise<void> => {
    await tell(node, 'REPLICAOF', leader.host, String(leader.port));
  };
  await follow(nodes[1], nodes[0]);
  await until('the replica follows', () => follows(nodes[1]));
  return {
    nodes,
    master: () => nodes[master],
    tell,
    async switchRoles() {
      const [was, is] = master === 0 ? nodes : [nodes[1], nodes[0]];
      master = master === 0 ? 1 : 0;
      await tell(is!, 'REPLICAOF', 'NO', 'ONE');
      await follow(was!, is!);
    },
    async dispose() {
      for (const node of nodes) await node.dispose();
    },
  };
}

/** Three Sentinels that watch a pair. */
export interface Sentinels {
  readonly name: string;
  readonly addresses: ReadonlyArray<{ readonly host: string; readonly port: number }>;
  /** Promotes the replica in good order. */
  failover(): Promise<void>;
  /** Whom they take for the master. */
  master(): Promise<number>;
  dispose(): Promise<void>;
}

/** Starts them; settles when all know the replica and each other. */
export async function sentinels(pair: RedisPair): Promise<Sentinels> {
  const name = 'main';
  const folder = ownFolder('sentinel');
  const program = findProgram('redis-server')!;
  const servers: ServerProcess[] = [];
  const addresses: Array<{ host: string; port: number }> = [];
  for (let at = 0; at < 3; at++) {
    const port = await freePort();
    const file = join(folder, `sentinel-${at}.conf`);
    const { host, port: masterPort } = pair.master();
    writeFileSync(
      file,
      `port ${port}
bind 127.0.0.1
dir ${folder}
sentinel monitor ${name} ${host} ${masterPort} 2
sentinel down-after-milliseconds ${name} 1000
sentinel failover-timeout ${name} 5000
`,
    );
    const server = new ServerProcess([program, file, '--sentinel'], { cwd: folder }, (output) =>
      output.includes('+monitor master'),
    );
    await server.start();
    servers.push(server);
    addresses.push({ host: '127.0.0.1', port });
  }
  const first = { host: addresses[0]!.host, port: addresses[0]!.port };
  for (const { port } of addresses) {
    await until('the Sentinels know all', async () => {
      const [reply] = (await tell({ host: '127.0.0.1', port }, 'SENTINEL', 'MASTERS')) as [string[]];
      const field = (of: string) => Number(reply[reply.indexOf(of) + 1]);
      return field('num-slaves') === 1 && field('num-other-sentinels') === 2;
    });
  }
  return {
    name,
    addresses,
    async failover() {
      // It refuses while it has only just begun to look.
      await until('a failover is taken up', async () =>
        tell(first, 'SENTINEL', 'FAILOVER', name).then(
          () => true,
          () => false,
        ),
      );
    },
    async master() {
      const [, port] = (await tell(first, 'SENTINEL', 'GET-MASTER-ADDR-BY-NAME', name)) as [string, string];
      return Number(port);
    },
    async dispose() {
      await Promise.all(servers.map((server) => server.signal('SIGKILL')));
      removeFolder(folder);
    },
  };
}

async function follows(node: PrivateRedis): Promise<boolean> {
  return String(await tell(node, 'INFO', 'replication')).includes('master_link_status:up');
}

async function tell(
  { host, port }: { readonly host: string; readonly port: number },
  ...[name, ...args]: string[]
): Promise<unknown> {
  const client = new Redis({ host, port, lazyConnect: true, retryStrategy: () => null });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await client.call(name!, ...args);
  } finally {
    client.disconnect();
  }
}
