import { connect, type Socket } from 'node:net';
import { canUse, type Requirement } from '../requirements.js';
import { findProgram, ServerProcess } from './server-process.js';

/** A Kafka broker of one's own, without a disk: what is killed comes back empty. */
export interface KafkaBroker {
  /** What a client is given as its brokers; connections go where the broker is now. */
  readonly clientOptions: {
    readonly brokers: string[];
    readonly socketFactory: (args: { onConnect: () => void }) => Socket;
  };
  /** Starts it again, empty. */
  start(): Promise<void>;
  /** Ends it at once. */
  kill(): Promise<void>;
  /** Freezes it: connections stay open and nothing answers. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Cuts all connections; from now on new ones are refused until `mend()`. */
  cut(): void;
  mend(): void;
  dispose(): Promise<void>;
}

/** The program that holds the broker. */
export function kcatProgram(): Requirement {
  return { name: 'kcat', isThere: findProgram('kcat') !== null, howToGet: 'apt-get install kcat' };
}

/** Whether a broker can be started. */
export function canStartKafka(): boolean {
  return canUse(kcatProgram());
}

/**
 * Starts librdkafka's mock broker, which kcat holds open: topics make themselves, with four partitions each. It chooses its
 * port anew at each start, so clients connect through `socketFactory`.
 */
export async function kafkaBroker(): Promise<KafkaBroker> {
  const program = findProgram('kcat');
  if (!program) throw new Error('There is no kcat. How to get it: apt-get install kcat');
  let port = 0;
  let isCut = false;
  const sockets = new Set<Socket>();
  const args = ['-C', '-q', '-b', 'mock', '-t', 'held-open', '-X', 'test.mock.num.brokers=1', '-d', 'mock'];
  const server = new ServerProcess([program, ...args], {}, (output) => {
    const found = /bootstrap\.servers=127\.0\.0\.1:(\d+)/.exec(output);
    if (found) port = Number(found[1]);
    return found !== null;
  });
  await server.start();
  return {
    clientOptions: {
      brokers: ['127.0.0.1:9092'],
      socketFactory({ onConnect }) {
        const socket = connect({ host: '127.0.0.1', port: isCut ? 1 : port }, onConnect);
        sockets.add(socket);
        return socket.on('close', () => sockets.delete(socket));
      },
    },
    start: () => server.start(),
    kill: () => server.signal('SIGKILL'),
    pause: () => server.signal('SIGSTOP'),
    resume: () => server.signal('SIGCONT'),
    cut() {
      isCut = true;
      for (const socket of sockets) socket.destroy();
    },
    mend: () => void (isCut = false),
    dispose: () => server.signal('SIGKILL'),
  };
}
