import { Cluster } from 'ioredis';
import { createCluster } from 'redis';
import type { RedisClient } from '../../src/redis/redis-client.js';
import { ownFolder, removeFolder } from '../servers/janitor.js';
import { ServerProcess, findProgram, freePort } from '../servers/server-process.js';
import { until } from '../waiting.js';
import { ignoreError, ioredis } from './redis-clients.js';

/** A private Redis Cluster: three nodes, each with a third of the slots. */
export interface PrivateCluster {
  /** Ports of the three nodes, then of their replicas in the same order, if there are any. */
  readonly ports: readonly number[];
  /** Runs a command on a node. */
  tell(port: number, ...command: string[]): Promise<string>;
  /** Kills a node (SIGKILL). */
  kill(port: number): Promise<void>;
  dispose(): Promise<void>;
}

/** Makes connected clients of each library. */
export const CLUSTER_CLIENTS: Readonly<
  Record<string, (ports: readonly number[]) => Promise<{ client: RedisClient; end: () => void }>>
> = {
  ioredis: async (ports) => {
    const client = new Cluster(ports.map((port) => ({ host: '127.0.0.1', port })));
    client.on('error', ignoreError);
    return { client, end: () => client.disconnect() };
  },
  'node-redis': async (ports) => {
    const client = createCluster({
      rootNodes: ports.map((port) => ({ url: `redis://127.0.0.1:${port}` })),
    });
    client.on('error', ignoreError);
    await client.connect();
    return { client, end: () => client.destroy() };
  },
};

const SLOTS = [
  [0, 5460],
  [5461, 10922],
  [10923, 16383],
] as const;

/** Starts a cluster on free ports. @param replicas Number of replicas of each node. */
export async function privateCluster(replicas: 0 | 1 = 0): Promise<PrivateCluster> {
  const folder = ownFolder('redis-cluster');
  const program = findProgram('redis-server')!;
  const ports: number[] = [];
  const servers: ServerProcess[] = [];
  const count = SLOTS.length * (1 + replicas);
  for (let at = 0; at < count; at++) {
    const port = await busPort();
    const settings = {
      port,
      bind: '127.0.0.1',
      dir: folder,
      save: '',
      'cluster-enabled': 'yes',
      'cluster-config-file': `nodes-${port}.conf`,
      'cluster-node-timeout': '2000',
      'repl-diskless-sync-delay': '0',
      daemonize: 'no',
    };
    const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
    const server = new ServerProcess([program, ...args], { cwd: folder }, (output) =>
      output.includes('Ready to accept connections'),
    );
    await server.start();
    servers.push(server);
    ports.push(port);
  }
  const nodes = ports.map((port) => ioredis(`redis://127.0.0.1:${port}`));
  for (const [at, node] of nodes.entries()) {
    await node.call('cluster', 'SET-CONFIG-EPOCH', String(at + 1));
    const [first, last] = SLOTS[at] ?? [];
    if (first !== undefined) await node.call('cluster', 'ADDSLOTSRANGE', String(first), String(last));
    if (at > 0) await node.call('cluster', 'MEET', '127.0.0.1', String(ports[0]));
  }
  for (const node of nodes) {
    const isReady = async (): Promise<boolean> => {
      const info = String(await node.call('cluster', 'INFO'));
      return info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${count}`);
    };
    await until('the cluster is ready', isReady);
  }
  const tell = async (port: number, ...[name, ...args]: string[]): Promise<string> =>
    String(await nodes[ports.indexOf(port)]!.call(name!, ...args));
  for (const port of ports.slice(SLOTS.length)) {
    const master = ports[ports.indexOf(port) - SLOTS.length]!;
    const id = await tell(master, 'cluster', 'MYID');
    const isFollowing = async (): Promise<boolean> => {
      await tell(port, 'cluster', 'REPLICATE', id).catch(() => '');
      return (await tell(port, 'INFO', 'replication')).includes('master_link_status:up');
    };
    await until('the replica follows', isFollowing, { everyMs: 100 });
  }
  return {
    ports,
    tell,
    kill: (port) => servers[ports.indexOf(port)]!.signal('SIGKILL'),
    dispose: async () => {
      for (const node of nodes) node.disconnect();
      await Promise.all(servers.map((server) => server.signal('SIGKILL')));
      removeFolder(folder);
    },
  };
}

// Nodes connect to each other on their port plus 10,000.
async function busPort(): Promise<number> {
  for (;;) {
    const port = await freePort();
    if (port < 55_000) return port;
  }
}
