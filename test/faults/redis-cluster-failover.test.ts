import { RedisLock, RedisPubSubEventBus, RedisStreamEventBus, type RedisClient } from 'tickmark/redis';
import { afterEach, beforeEach, describe, test } from 'vitest';
import { CLUSTER_CLIENTS, privateCluster, type PrivateCluster } from '../redis/private-cluster.js';
import { canStartRedis } from '../servers/redis.js';
import { until } from '../waiting.js';
import { Beating, Told } from './beating.js';
import { printFigure } from './figures.js';

const PREFIX = 'failover';
const BUSES = {
  'Pub/Sub': (client: RedisClient, told: Told) =>
    new RedisPubSubEventBus(client, { prefix: PREFIX, onError: told.onError }),
  streams: (client: RedisClient, told: Told) =>
    new RedisStreamEventBus(client, { prefix: PREFIX, onError: told.onError }),
};
const CASES = Object.keys(CLUSTER_CLIENTS).flatMap((library) =>
  (Object.keys(BUSES) as Array<keyof typeof BUSES>).map((kind) => [library, kind] as const),
);

describe.skipIf(!canStartRedis())('a Redis Cluster whose masters have replicas', () => {
  let cluster: PrivateCluster;
  const closings: Array<() => unknown> = [];

  beforeEach(async () => void (cluster = await privateCluster(1)));
  afterEach(async () => {
    for (const close of closings.splice(0).reverse()) await close();
    await cluster.dispose();
  });

  async function connected(library: string): Promise<RedisClient> {
    const { client, end } = await CLUSTER_CLIENTS[library]!(cluster.ports);
    closings.push(end);
    return client;
  }

  /** Of the three, the one that has the slot of a key; and its replica. */
  async function nodesOf(key: string): Promise<readonly [master: number, replica: number]> {
    const slot = Number(await cluster.tell(cluster.ports[0]!, 'cluster', 'KEYSLOT', key));
    const at = slot <= 5460 ? 0 : slot <= 10922 ? 1 : 2;
    return [cluster.ports[at]!, cluster.ports[at + 3]!];
  }

  const isMaster = async (port: number): Promise<void> => {
    await until('the replica is the master', async () =>
      (await cluster.tell(port, 'INFO', 'replication')).includes('role:master'),
    );
    await isWhole(port);
  };

  // A failover that is asked for is given up after 5 s on a busy machine, and has to be asked for again.
  const failOver = async (port: number): Promise<void> => {
    const isDone = async () => (await cluster.tell(port, 'INFO', 'replication')).includes('role:master');
    for (let asked = 0; asked < 10 && !(await isDone()); asked++) {
      await cluster.tell(port, 'cluster', 'FAILOVER').catch(() => undefined);
      await until('the replica is the master', isDone, { hungAfterMs: 6000 }).catch(() => undefined);
    }
    await isMaster(port);
  };

  const isWhole = async (port: number): Promise<void> => {
    await until('the Cluster is whole', async () =>
      (await cluster.tell(port, 'cluster', 'INFO')).includes('cluster_state:ok'),
    );
  };

  test.each(CASES)(
    '%s, %s: goes on after CLUSTER FAILOVER, and after a killed master',
    async (library, kind) => {
      const told = new Told();
      const from = BUSES[kind](await connected(library), told);
      const to = BUSES[kind](await connected(library), told);
      const beats = new Beating(from, to);
      closings.push(async () => {
        await beats.stop();
        await Promise.all([from.close(), to.close()]);
      });
      await beats.isHeard();
      const [master, replica] = await nodesOf(`{${PREFIX}}`);
      const askedMs = await beats.through(async () => {
        await failOver(replica);
      });
      await until('the master follows', async () =>
        (await cluster.tell(master, 'INFO', 'replication')).includes('master_link_status:up'),
      );
      const killedMs = await beats.through(async () => {
        await cluster.kill(replica);
        await isMaster(master);
      });
      await beats.stop();
      if (kind === 'Pub/Sub') beats.expectGaps();
      told.expectOnce(8);
      printFigure(
        `${library}, ${kind}: heard again ${askedMs} ms after a failover, ${killedMs} ms after a killed master`,
      );
    },
  );

  test.each(Object.keys(CLUSTER_CLIENTS))('%s: a lock is granted after both', async (library) => {
    const lock = new RedisLock(await connected(library));
    closings.push(() => lock.close());
    const granted = (): Promise<boolean> =>
      lock.acquire('k', { waitMs: 0 }).then(
        (lease) => lease.release().then(() => true),
        () => false,
      );
    await until('it is granted', granted);
    const [master, replica] = await nodesOf('{k}');
    await failOver(replica);
    const askedMs = await until('it is granted', granted, { everyMs: 50 });
    await until('the master follows', async () =>
      (await cluster.tell(master, 'INFO', 'replication')).includes('master_link_status:up'),
    );
    await cluster.kill(replica);
    await isMaster(master);
    const killedMs = await until('it is granted', granted, { everyMs: 50 });
    printFigure(`${library}: a lock after ${Math.round(askedMs)} ms and ${Math.round(killedMs)} ms`);
  });
});
