import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { Child, nodeArguments, root } from './child.js';

/** What each example must print. */
export const EXPECTED: Readonly<Record<string, readonly RegExp[]>> = {
  'a-shares-aktools': [
    /^600519: 100 × 15\d\d\.5 = 15\d{4}\.00 CNY, /m,
    /^000003: 1000 × 2\.71 = 2710\.00 CNY, halted$/m,
    /^market value 24\d{4}\.00 CNY, /m,
  ],
  alpaca: [/^status: connecting\nstatus: failed\nSkipped: no prices from Alpaca \(STREAM_FAILED\)/m],
  binance: [
    /^status: connecting\nstatus: failed\nSkipped: Binance cannot be reached from here \(STREAM_FAILED\)/m,
  ],
  coinbase: [
    /^status: connecting\nstatus: failed\nSkipped: Coinbase cannot be reached from here \(STREAM_FAILED\)/m,
  ],
  cluster: [
    /^2000 portfolios, events over Redis; a page could follow http:\/\/127/m,
    /^ *10 s \| worker 1: /m,
    /^2000 stored values recomputed: 0 differ$/m,
  ],
  'dependency-injection': [/^desk: version 2$/m, /^desk: market value 18\d{3}\.\d\d$/m, /^closed$/m],
  'embedded-postgres': [
    /^migrations applied: 1(, \d+)*\nand when run again: 0$/m,
    /^holdings: version 2, 15 ACME$/m,
    /^stored: [\d.]+ USD, of holdings at version 2$/m,
    /^last price: GLOBEX [\d.]+$/m,
  ],
  'explain-a-figure': [
    /^marketValue +5205\.51 +recomputed 5205\.51 /m,
    /^totalPnl +1701\.93 +recomputed 1701\.93 /m,
  ],
  faults: [
    /^PRICE_REJECTED: .*not-positive/m,
    /^stream: reconnecting$/m,
    /^gap: ACME, \d+ ms, disconnect$/m,
    /^received (\d+) = [^]*outdated 1 [^]*= \1$/m,
  ],
  finnhub: [/^status: connecting\nstatus: failed\nSkipped: no prices from Finnhub \(STREAM_FAILED\)/m],
  gateway: [
    /"type":"snapshot".*"granted":\[\{"topic":"portfolio:desk",.*"refused":\[.*"portfolio:board"/m,
    /^data: \{"type":"update",.*"id":"desk"/m,
  ],
  'http-server': [
    /^\/portfolios\/desk: 200 \{"portfolioId":"desk",.*"marketValue":"18\d{3}\.\d\d"/m,
    /^\/portfolios\/nobody: 404 /m,
    /^\/health: 200 \{"stream":"subscribed"/m,
    /^closed$/m,
  ],
  'incomplete-values': [
    /unpriced \[SOLARIS,NEWCO\], unconverted \[EUR\]/,
    /^NEWCO at 12.50\n {2}market value 5110.19, of what is known 5110.19 USD\n {2}complete true/m,
    /^EUR\/USD at 1.0500\n {2}market value 5112.89,/m,
  ],
  kraken: [
    /^status: connecting\nstatus: failed\nSkipped: Kraken cannot be reached from here \(STREAM_FAILED\)/m,
  ],
  kafka: [/^Skipped: no Kafka broker answers at 127\.0\.0\.1:1;/m],
  'kafka-fills': [/^Skipped: no Kafka broker answers at 127\.0\.0\.1:1;/m],
  'main-job': [
    /^family: market value [\d.]+ USD, equity [\d.]+$/m,
    /^stored: [\d.]+ USD, of holdings at version 1$/m,
  ],
  'postgres-redis': [/^desk: [\d.]+ USD$/m, /^stored: [\d.]+ USD, of holdings at version 1$/m],
  'price-policies': [
    /^last: unrealized -5.00 USD$/m,
    /^exit: unrealized -15.00 USD$/m,
    /GLOBEX short at ask 42.2$/m,
  ],
  'react-app': [/^The react app is at http:\/\/127/m, /^desk: [\d.]+ USD$/m],
  'record-and-replay': [
    /^recorded: \d+ prices, 1 gap, 0 dropped$/m,
    /^played back: every message as it was$/m,
  ],
  'replay-csv': [
    /^last prices: ACME 182.76, /m,
    /^speed max: 401 lines, \{"header":1\}$/m,
    /value 23315.78 USD/,
  ],
  'revalue-on-demand': [
    /^ada: saved, 1755.48 EUR$/m,
    /^dee: PORTFOLIO_NOT_FOUND$/m,
    /^ada again: repeated$/m,
    /^stored: 1755.48 EUR$/m,
  ],
  sse: [
    /^ACME 183\.90\nstatus: reconnecting$/m,
    /^provider: a client continues from event 3, with Bearer of-today$/m,
    /^gap: \d+ ms, recovered true\nACME 184\.40$/m,
    /^6 prices, 1 reconnect$/m,
  ],
  thresholds: [/^every change: (\d+) values computed, \d+ published$/m, /^moves of 25 USD: /m],
  'trades-during-ticks': [
    /^trades: 60 done, \d+ conflicts retried$/m,
    /^holdings: version 61, 160 ACME, expected 160$/m,
    /^stored value: [\d.]+ USD, of version 61$/m,
  ],
  'vue-app': [/^The vue app is at http:\/\/127/m, /^desk: [\d.]+ USD$/m],
  'valuations-in-sql': [
    /^ {2}ada {4}345\.84 {4}EUR {2}false {2}true$/m,
    /^ {2}ada {2}ACME {2}10 {2}184\.08 {2}1840\.80 {2}40\.80 {2}USD$/m,
    /^ {2}SOLARIS {2}-1\.5 {2}-147\.30 {2}EUR$/m,
    /^after a trade\n {2}ben {2}1 {2}false$/m,
  ],
  'your-own-adapter': [/^status: subscribed$/m, /^TEA \d\.\d\d GBP$/m, /^status: disconnected$/m],
  'your-own-venue': [
    /^SYMBOL_REFUSED: my-venue does not deliver "NOBODY": no such symbol\.$/m,
    /^status: subscribed\ngap: disconnect, ACME\nACME 184\.25$/m,
    /^7 frames: 2 prices, .*"rejected":\{\}.*, 1 reconnect$/m,
  ],
  'your-own-repository': [/^\d+ rules kept, 0 broken$/m],
};

/** Examples that need PostgreSQL and Redis: `npm run test:services` runs them. */
export const ON_SERVERS: readonly string[] = ['cluster', 'postgres-redis'];

/** What a worker of the cluster reports when the lock answers late: it is no failure of the example. */
const LATE_LOCK = /^worker \d+: Sharing the shards failed; it is retried\.\n/gm;

/** Examples that cannot be bundled, because their modules read or run files beside them. */
const READ_FILES: readonly string[] = ['cluster', 'react-app', 'vue-app'];

/** The names of all examples. */
export const names = readdirSync(join(root, 'examples'))
  .filter((name) => name.endsWith('.ts'))
  .map((name) => name.slice(0, -'.ts'.length))
  .sort();

/** Addresses where nothing listens, for examples that use the network, and keys that must not be printed. */
export const NOWHERE: NodeJS.ProcessEnv = {
  TICKMARK_ALPACA_KEY: 'sentinel-key',
  TICKMARK_ALPACA_SECRET: 'sentinel-secret',
  TICKMARK_ALPACA_URL: 'ws://127.0.0.1:1',
  TICKMARK_BINANCE_URL: 'ws://127.0.0.1:1',
  TICKMARK_COINBASE_URL: 'ws://127.0.0.1:1',
  TICKMARK_FINNHUB_TOKEN: 'sentinel-token',
  TICKMARK_FINNHUB_URL: 'ws://127.0.0.1:1',
  TICKMARK_KAFKA_BROKERS: '127.0.0.1:1',
  TICKMARK_KRAKEN_URL: 'ws://127.0.0.1:1',
};

/** Runs an example to its end and checks its output. */
export async function expectOutput(name: string, env: NodeJS.ProcessEnv): Promise<void> {
  const command = nodeArguments(`examples/${name}.ts`, !READ_FILES.includes(name));
  const { code, stdout, stderr } = await new Child(command, env).outcome;
  expect({ code, stderr: stderr.replace(LATE_LOCK, '') }).toEqual({ code: 0, stderr: '' });
  for (const line of EXPECTED[name] ?? []) expect(stdout).toMatch(line);
  expect(stdout).not.toContain('sentinel');
}
