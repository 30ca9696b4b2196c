import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Kafka, logLevel } from 'kafkajs';
import { ownChild, ownFolder, removeFolder } from '../../test/servers/janitor.js';
import { KAFKA_VERSION } from '../../test/servers/kafka-broker.js';
import { downloadJars } from '../../test/servers/maven-jars.js';
import { findProgram } from '../../test/servers/server-process.js';
import { POSITIONS, type World } from '../world.js';
import type { Engine } from './contender.js';
import type { ValueDecoder } from './value-watch.js';

const JARS = {
  name: `kafka-streams-${KAFKA_VERSION}`,
  artifacts: [`org.apache.kafka:kafka-streams:${KAFKA_VERSION}`, 'org.slf4j:slf4j-simple:1.7.36'],
};
const POSITIONS_A_SEND = 10_000;

/** The program of Kafka Streams, compiled. */
export interface StreamsProgram {
  /** Starts it. */
  start(broker: string, topics: { prices: string; positions: string; values: string }): Promise<Engine>;
}

/** Downloads Kafka Streams the first time, and compiles the program. @throws when Java, its compiler or Maven is missing. */
export async function compileStreams(): Promise<StreamsProgram> {
  const [java, javac] = ['java', 'javac'].map((name) => findProgram(name));
  if (!java || !javac) throw new Error('no Java compiler: apt-get install maven default-jdk-headless');
  const jars = join(await downloadJars(JARS), '*');
  const classes = ownFolder('classes');
  const source = fileURLToPath(new URL('MarkToMarket.java', import.meta.url));
  await promisify(execFile)(javac, ['-cp', jars, '-d', classes, source]);
  return {
    async start(broker, { prices, positions, values }) {
      const state = ownFolder('streams');
      const args = [
        // Three times what it holds: without a limit, its memory would only say how much the machine has.
        '-Xmx1g',
        '-Dorg.slf4j.simpleLogger.defaultLogLevel=error',
        ...['-cp', `${jars}:${classes}`, 'MarkToMarket'],
        ...[broker, prices, positions, values, state],
      ];
      const child = ownChild(spawn(java, args, { stdio: ['pipe', 'ignore', 'inherit'] }));
      child.stdin!.on('error', () => undefined);
      await once(child, 'spawn');
      return {
        pids: [child.pid!],
        async stop() {
          if (child.exitCode === null && child.signalCode === null) {
            const ended = once(child, 'exit');
            child.kill('SIGKILL');
            await ended;
          }
          removeFolder(state);
        },
      };
    },
  };
}

/** Produces all positions as JSON, keyed by portfolio and symbol. */
export async function producePositions(world: World, broker: string, topic: string): Promise<void> {
  const producer = new Kafka({ brokers: [broker], logLevel: logLevel.NOTHING }).producer();
  await producer.connect();
  const { symbols, symbolIds, quantities } = world;
  for (let from = 0; from < world.positions; from += POSITIONS_A_SEND) {
    const messages = Array.from({ length: Math.min(POSITIONS_A_SEND, world.positions - from) }, (_, n) => {
      const portfolio = world.id(Math.floor((from + n) / POSITIONS));
      const symbol = symbols[symbolIds[from + n]!]!;
      const quantity = quantities[from + n]!.toFixed(2);
      return {
        key: `${portfolio}|${symbol}`,
        value: `{"portfolio":"${portfolio}","symbol":"${symbol}","quantity":${quantity}}`,
      };
    });
    await producer.send({ topic, messages });
  }
  await producer.disconnect();
}

const decoder = new TextDecoder();

/** Reads decimals, exactly, in 1/10,000: Kafka Streams adds up with BigDecimal and rounds nothing. */
export const plainValues: ValueDecoder = ({ key, value }) => {
  const [whole, fraction = ''] = decoder.decode(value!).split('.') as [string, string?];
  // More than the digits of quantity and price would be wrong.
  const units = fraction.length <= 4 ? Number(`${whole}${fraction.padEnd(4, '0')}`) : NaN;
  return [{ portfolio: Number(decoder.decode(key!).slice(1)), units }];
};
