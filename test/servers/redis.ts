import { connect } from 'node:net';
import { canUse, type Requirement } from '../requirements.js';
import { ownFolder, removeFolder } from './janitor.js';
import { ServerProcess, findProgram, freePort, type ServerAddress } from './server-process.js';

/** A Redis that tests can reach. */
export interface RedisServer extends ServerAddress {
  /** `redis://host:port`, with what the given URL had besides. */
  readonly url: string;
  /** Ends it and removes its files, where these tests have started it. */
  dispose?(): Promise<void>;
}

/** A Redis of its own, which a test may stop, kill and freeze. */
export interface PrivateRedis extends RedisServer {
  /** Starts it again, under the same address; settles when it answers. */
  start(): Promise<void>;
  /** Ends it in good order (SIGTERM). */
  stop(): Promise<void>;
  /** Ends it at once (SIGKILL). */
  kill(): Promise<void>;
  /** Freezes it (SIGSTOP): connections stay open and nothing answers. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  dispose(): Promise<void>;
}

const HOW_TO_GET = 'apt-get install redis-server';
// A server that is there answers at once or, on a busy machine, late; one that is not there is refused at once.
const ANSWERS_WITHIN_MS = 20_000;

let shared: Promise<RedisServer | null> | undefined;

/**
 * The Redis to test against: that of TICKMARK_REDIS_URL, else one on 127.0.0.1:6379, else one started for this process: in the
 * suites with servers once for the whole run (test/setup/shared-servers.ts). Others may use it too: keys need a prefix of their
 * own. `null` when there is none:
 * `const redis = await redisServer(); describe.skipIf(!redis)(…)`.
 */
export function redisServer(): Promise<RedisServer | null> {
  shared ??= findOrStart();
  return shared;
}

async function findOrStart(): Promise<RedisServer | null> {
  const given = process.env.TICKMARK_REDIS_URL;
  if (given) {
    const { hostname, port } = new URL(given);
    return { url: given, host: hostname, port: Number(port || 6379) };
  }
  if (await answers('127.0.0.1', 6379)) return at('127.0.0.1', 6379);
  return canStartRedis() ? privateRedis() : null;
}

/** The program of the server: whatever is there otherwise, some tests start, stop and freeze a Redis of their own. */
export function redisProgram(): Requirement {
  return { name: 'redis-server', isThere: findProgram('redis-server') !== null, howToGet: HOW_TO_GET };
}

/** Whether a Redis of one's own can be started. */
export function canStartRedis(): boolean {
  return canUse(redisProgram());
}

/** How to start a Redis of one's own. */
export interface PrivateRedisOptions {
  readonly appendOnly?: boolean;
  /** Further settings of redis.conf. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** Starts a Redis of one's own on a free port. It keeps nothing on disk unless `appendOnly`. */
export async function privateRedis(options: PrivateRedisOptions = {}): Promise<PrivateRedis> {
  const program = findProgram('redis-server');
  if (!program) throw new Error(`There is no redis-server. How to get it: ${HOW_TO_GET}`);
  const folder = ownFolder('redis');
  const port = await freePort();
  const settings = {
    port,
    bind: '127.0.0.1',
    dir: folder,
    save: '',
    appendonly: options.appendOnly ? 'yes' : 'no',
    appendfsync: 'always',
    daemonize: 'no',
    'enable-debug-command': 'local',
    ...options.settings,
  };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const server = new ServerProcess([program, ...args], { cwd: folder }, (output) =>
    output.includes('Ready to accept connections'),
  );
  await server.start();
  return {
    ...at('127.0.0.1', port),
    start: () => server.start(),
    stop: () => server.signal('SIGTERM'),
    kill: () => server.signal('SIGKILL'),
    pause: () => server.signal('SIGSTOP'),
    resume: () => server.signal('SIGCONT'),
    async dispose() {
      await server.signal('SIGKILL');
      removeFolder(folder);
    },
  };
}

function at(host: string, port: number): RedisServer {
  return { url: `redis://${host}:${port}`, host, port };
}

function answers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: ANSWERS_WITHIN_MS }, () => socket.write('PING\r\n'));
    const end = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.on('data', (data: Buffer) => end(data.toString().startsWith('+PONG')));
    socket.on('timeout', () => end(false));
    socket.on('error', () => end(false));
  });
}
