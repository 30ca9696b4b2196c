import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Kafka, logLevel } from 'kafkajs';
import { canUse, type Requirement } from '../requirements.js';
import { until } from '../waiting.js';
import { ownFolder, removeFolder } from './janitor.js';
import { HOW_TO_GET_JAVA, downloadJars, folderOfJars, type MavenJars } from './maven-jars.js';
import { ServerProcess, findProgram, freePort, type ServerAddress } from './server-process.js';

/** A Kafka broker that tests can reach. Topics that are missing are made when a client asks for them, with four partitions each. */
export interface KafkaServer extends ServerAddress {
  /** `host:port`, as clients take it. */
  readonly broker: string;
  /** Ends it and removes its files, where these tests have started it. */
  dispose?(): Promise<void>;
}

/** A broker of its own, with its data on disk, which a test may kill, freeze and start again. */
export interface PrivateKafka extends KafkaServer {
  /** Starts it again, under the same address and with its data; settles when it takes connections. */
  start(): Promise<void>;
  /** Ends it at once (SIGKILL). */
  kill(): Promise<void>;
  /** Freezes it (SIGSTOP): connections stay open and nothing answers. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  dispose(): Promise<void>;
}

/** The release of Kafka that is tested against. */
export const KAFKA_VERSION = '4.4.0';
/** 43 MB. */
const JARS: MavenJars = {
  name: `kafka-${KAFKA_VERSION}`,
  artifacts: [`org.apache.kafka:kafka_2.13:${KAFKA_VERSION}`, 'org.slf4j:slf4j-simple:1.7.36'],
};

let shared: Promise<KafkaServer | null> | undefined;

/**
 * The broker to test against: that of TICKMARK_KAFKA_BROKER, else one started for this process: in the suite of services once for the whole
 * run (test/setup/shared-servers.ts). Others may use it too: topics and groups need names of their own. `null` when there is none.
 */
export function kafkaServer(): Promise<KafkaServer | null> {
  shared ??= findOrStart();
  return shared;
}

async function findOrStart(): Promise<KafkaServer | null> {
  const given = process.env.TICKMARK_KAFKA_BROKER;
  if (given) {
    const { hostname, port } = new URL(`kafka://${given}`);
    return { broker: given, host: hostname, port: Number(port || 9092) };
  }
  return (await canStartKafkaBroker()) ? privateKafka() : null;
}

/** The programs that run a broker, and download it the first time. */
export function kafkaBrokerPrograms(): Requirement {
  const isThere =
    findProgram('java') !== null && (existsSync(folderOfJars(JARS)) || findProgram('mvn') !== null);
  return { name: 'a Kafka broker', isThere, howToGet: HOW_TO_GET_JAVA };
}

/** Whether a broker of one's own can be started; downloads it the first time. */
export async function canStartKafkaBroker(): Promise<boolean> {
  if (!canUse(kafkaBrokerPrograms())) return false;
  try {
    await downloadJars(JARS);
    return true;
  } catch (error) {
    if (process.env.TICKMARK_REQUIRE_SERVICES === '1') throw error;
    process.stderr.write(
      'skipped: tests with a Kafka broker. How to get it: let Maven reach Maven Central once\n',
    );
    return false;
  }
}

/** A way to the broker through something in between: where the broker listens, and the port that it tells clients. */
export interface BrokerDoor {
  readonly port: number;
  readonly advertisedPort: number;
}

// The quick compiler and the plain collector: a broker of tests lives too briefly for better ones.
const BRIEF_JVM = ['-Xmx512m', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'];

/** What Kafka's own start script gives a broker. Source: https://github.com/apache/kafka/blob/4.0.0/bin/kafka-run-class.sh */
export const USUAL_JVM: readonly string[] = [
  '-server',
  ...['-Xmx1G', '-Xms1G', '-XX:+UseG1GC', '-XX:MaxGCPauseMillis=20'],
  ...['-XX:InitiatingHeapOccupancyPercent=35', '-XX:+ExplicitGCInvokesConcurrent'],
];

/**
 * Starts a broker of one's own, of one node, on free ports of loopback: it answers within about 6 s and takes 370 MB.
 * @param jvm Options of Java. Default: those that make it start quickly.
 */
export async function privateKafka(
  doors: readonly BrokerDoor[] = [],
  jvm: readonly string[] = BRIEF_JVM,
): Promise<PrivateKafka> {
  const [node] = await startNodes([await freeNode(1)], { doors, jvm });
  return node!;
}

/** Brokers that replicate all topics to one another: two acknowledge each record. */
export interface KafkaCluster {
  /** `host:port` of each, with commas, as clients take it. */
  readonly brokers: string;
  readonly nodes: readonly PrivateKafka[];
  dispose(): Promise<void>;
}

/** Starts a cluster of brokers of one's own. A broker that is killed is found dead by the others after 3 s. */
export async function privateKafkaCluster(count: number): Promise<KafkaCluster> {
  const nodes: KafkaNode[] = [];
  for (let id = 1; id <= count; id++) nodes.push(await freeNode(id));
  const started = await startNodes(nodes, { doors: [], jvm: BRIEF_JVM });
  return {
    brokers: started.map(({ broker }) => broker).join(),
    nodes: started,
    async dispose() {
      await Promise.all(started.map((node) => node.dispose()));
    },
  };
}

/** A broker to be, with the ports that it will listen on. */
interface KafkaNode {
  readonly id: number;
  readonly port: number;
  readonly controllerPort: number;
}

const freeNode = async (id: number): Promise<KafkaNode> => ({
  id,
  port: await freePort(),
  controllerPort: await freePort(),
});

/** How brokers are started. */
interface NodeOptions {
  readonly doors: readonly BrokerDoor[];
  readonly jvm: readonly string[];
}

async function startNodes(
  nodes: readonly KafkaNode[],
  options: NodeOptions,
): Promise<readonly PrivateKafka[]> {
  const java = findProgram('java');
  if (!java) throw new Error(`There is no Java. How to get it: ${HOW_TO_GET_JAVA}`);
  const program = [java, '-cp', join(await downloadJars(JARS), '*')] as const;
  // One that begins with - would be taken for an option.
  const clusterId = `A${randomBytes(16).toString('base64url').slice(1)}`;
  const made = await Promise.all(nodes.map((node) => prepareNode(program, clusterId, node, nodes, options)));
  // One alone of several has no leader to answer for.
  await Promise.all(made.map(({ server }) => server.start()));
  for (const { node } of made) await answering(node.broker);
  return made.map(({ node }) => node);
}

async function prepareNode(
  [java, ...onClasspath]: readonly [string, ...string[]],
  clusterId: string,
  own: KafkaNode,
  nodes: readonly KafkaNode[],
  { doors, jvm }: NodeOptions,
): Promise<{ readonly server: ServerProcess; readonly node: PrivateKafka }> {
  const folder = ownFolder('kafka');
  const properties = join(folder, 'server.properties');
  writeFileSync(properties, settingsOf(folder, own, nodes, doors));
  const format = ['kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', properties];
  await promisify(execFile)(java, [...onClasspath, ...format], { cwd: folder });
  const server = new ServerProcess(
    [java, ...jvm, ...onClasspath, 'kafka.Kafka', properties],
    { cwd: folder },
    (output) => output.includes('Kafka Server started'),
  );
  const { port } = own;
  const host = '127.0.0.1';
  const broker = `${host}:${port}`;
  const node: PrivateKafka = {
    broker,
    host,
    port,
    start: async () => {
      await server.start();
      await answering(broker);
    },
    kill: () => server.signal('SIGKILL'),
    pause: () => server.signal('SIGSTOP'),
    resume: () => server.signal('SIGCONT'),
    async dispose() {
      await server.signal('SIGKILL');
      removeFolder(folder);
    },
  };
  return { server, node };
}

function settingsOf(
  folder: string,
  { id, port, controllerPort }: KafkaNode,
  nodes: readonly KafkaNode[],
  doors: readonly BrokerDoor[],
): string {
  const replicas = Math.min(3, nodes.length);
  const inSync = Math.ceil(replicas / 2);
  const named = doors.map((door, at) => ({ ...door, name: `DOOR${at}` }));
  const settings = {
    'process.roles': 'broker,controller',
    'node.id': id,
    'controller.quorum.voters': nodes.map((each) => `${each.id}@127.0.0.1:${each.controllerPort}`).join(),
    listeners: [
      `PLAINTEXT://127.0.0.1:${port}`,
      `CONTROLLER://127.0.0.1:${controllerPort}`,
      ...named.map((door) => `${door.name}://127.0.0.1:${door.port}`),
    ].join(),
    'advertised.listeners': [
      `PLAINTEXT://127.0.0.1:${port}`,
      ...named.map((door) => `${door.name}://127.0.0.1:${door.advertisedPort}`),
    ].join(),
    'inter.broker.listener.name': 'PLAINTEXT',
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': ['CONTROLLER', 'PLAINTEXT', ...named.map(({ name }) => name)]
      .map((name) => `${name}:PLAINTEXT`)
      .join(),
    'log.dirs': join(folder, 'data'),
    'num.partitions': 4,
    'auto.create.topics.enable': true,
    'default.replication.factor': replicas,
    'min.insync.replicas': inSync,
    'broker.session.timeout.ms': 3000,
    'broker.heartbeat.interval.ms': 500,
    'offsets.topic.replication.factor': replicas,
    'offsets.topic.num.partitions': 1,
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': inSync,
    'transaction.state.log.num.partitions': 1,
    'share.coordinator.state.topic.replication.factor': replicas,
    'share.coordinator.state.topic.min.isr': inSync,
    // Tests make many groups, and end some members without a word.
    'group.initial.rebalance.delay.ms': 0,
    'group.min.session.timeout.ms': 500,
    // Where the brokers share the partitions, it is they who say when a member is gone.
    'group.consumer.min.session.timeout.ms': 1000,
    'group.consumer.session.timeout.ms': 6000,
    'group.consumer.min.heartbeat.interval.ms': 300,
    'group.consumer.heartbeat.interval.ms': 300,
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

// It says that it has started shortly before it knows its topics, and it makes that of the groups' offsets for the first group.
async function answering(broker: string): Promise<void> {
  const kafka = new Kafka({ brokers: [broker], logLevel: logLevel.NOTHING, retry: { retries: 20 } });
  const admin = kafka.admin();
  await admin.connect();
  await admin.listTopics();
  const known = () =>
    admin.fetchOffsets({ groupId: 'first' }).then(
      () => true,
      () => false,
    );
  await until('the broker keeps offsets of groups', known, { everyMs: 100 });
  await admin.disconnect();
}
