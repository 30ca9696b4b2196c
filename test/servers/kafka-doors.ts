import { privateKafka, type PrivateKafka } from './kafka-broker.js';
import { freePort } from './server-process.js';
import { tcpProxy } from './tcp-proxy.js';

/** A way to a broker that a test can cut, whatever the client is. */
export interface KafkaDoor {
  /** `host:port`, as clients take it. */
  readonly broker: string;
  /** Cuts all connections, and refuses new ones until `mend()`. */
  cut(): Promise<void>;
  mend(): Promise<void>;
  /** As a router that has forgotten its connections: nothing more comes over those that are open, and nothing closes them. */
  forget(): void;
}

/** A broker of one's own behind doors, each for one client at a time. */
export interface DooredKafka {
  readonly server: PrivateKafka;
  /** A door that nobody uses; to be given back. */
  take(): KafkaDoor;
  give(door: KafkaDoor): Promise<void>;
  dispose(): Promise<void>;
}

/** Starts a broker behind that many doors. */
export async function dooredKafka(count: number): Promise<DooredKafka> {
  // The proxies first: a port that is only found is not taken yet.
  const nowhere = { host: '127.0.0.1', port: 1 };
  const proxies = await Promise.all(Array.from({ length: count }, () => tcpProxy(nowhere)));
  const ports = new Set<number>();
  while (ports.size < count) ports.add(await freePort());
  const doors = [...ports].map((port, at) => ({ port, advertisedPort: proxies[at]!.port }));
  doors.forEach(({ port }, at) => proxies[at]!.moveTo({ host: '127.0.0.1', port }));
  const server = await privateKafka(doors);
  const free: KafkaDoor[] = proxies.map((proxy) => ({
    broker: `${proxy.host}:${proxy.port}`,
    async cut() {
      await proxy.refuse();
      proxy.cut();
    },
    mend: () => proxy.accept(),
    forget: () => proxy.hold('both', 'open'),
  }));
  return {
    server,
    take() {
      const door = free.shift();
      if (!door) throw new Error(`All ${count} doors are in use.`);
      return door;
    },
    async give(door) {
      await door.mend();
      free.push(door);
    },
    async dispose() {
      await server.dispose();
      await Promise.all(proxies.map((proxy) => proxy.close()));
    },
  };
}
