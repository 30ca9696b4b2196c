import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const source = (path: string): string => fileURLToPath(new URL(`src/${path}`, import.meta.url));

interface Suite {
  readonly include: readonly string[];
  readonly exclude?: readonly string[];
  /** How much each test does; TICKMARK_SIZE overrides it. See test/sizes.ts. */
  readonly size: 'quick' | 'full';
  /** Ends a test that hangs. Never near what a test takes, also on a busy machine. */
  readonly timeoutMs: number;
  readonly maxWorkers: number;
  /** Run once before the tests, and what it returns once after them. */
  readonly globalSetup?: readonly string[];
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const cores = availableParallelism();

const NEEDS_SERVERS = 'test/**/*.services.test.ts';
const NEEDS_BROWSER = 'test/browser/**/*.test.ts';
const NEEDS_RECORDINGS = 'test/**/*.recordings.test.ts';
const FAULTS = 'test/faults/**/*.test.ts';
const SHARED_SERVERS = ['test/setup/shared-servers.ts'];

/** What `npm test` and each `npm run test:NAME` run; NAME is vitest's `--mode`. */
const SUITES: Readonly<Record<string, Suite>> = {
  // npm test: nothing but Node and loopback.
  test: {
    include: ['test/**/*.test.ts'],
    exclude: [NEEDS_SERVERS, NEEDS_BROWSER, NEEDS_RECORDINGS, FAULTS],
    size: 'quick',
    timeoutMs: 30 * SECOND,
    // More than cores: many tests wait, for a socket or a child process.
    maxWorkers: Math.max(4, cores),
  },
  properties: {
    include: ['test/**/*.property.test.ts'],
    size: 'full',
    timeoutMs: 60 * MINUTE,
    maxWorkers: Math.max(2, cores),
  },
  services: {
    include: [NEEDS_SERVERS],
    size: 'quick',
    timeoutMs: 4 * MINUTE,
    // Not more at once than PostgreSQL has connections for by default.
    maxWorkers: 4,
    globalSetup: SHARED_SERVERS,
  },
  // Two: pages wait most of their time.
  browser: { include: [NEEDS_BROWSER], size: 'full', timeoutMs: 10 * MINUTE, maxWorkers: 2 },
  // Up to eight processes with connections of their own each: more than three files at once are too many for PostgreSQL.
  faults: {
    include: [FAULTS],
    size: 'full',
    timeoutMs: 60 * MINUTE,
    maxWorkers: 3,
    globalSetup: SHARED_SERVERS,
  },
  recordings: { include: [NEEDS_RECORDINGS], size: 'full', timeoutMs: 4 * MINUTE, maxWorkers: cores },
};

export default defineConfig(({ mode }) => {
  const suite = SUITES[mode];
  if (!suite) throw new Error(`No suite "${mode}"; accepted: ${Object.keys(SUITES).join(', ')}.`);
  const size = process.env.TICKMARK_SIZE ?? suite.size;
  const seed = process.env.TICKMARK_SEED ?? (size === 'quick' ? undefined : String(Date.now() % 2 ** 31));
  return {
    resolve: {
      alias: [
        { find: /^tickmark$/, replacement: source('index.ts') },
        { find: /^tickmark\/calendars$/, replacement: source('calendars/index.ts') },
        { find: /^tickmark\/client$/, replacement: source('client/index.ts') },
        { find: /^tickmark\/conformance$/, replacement: source('conformance/index.ts') },
        { find: /^tickmark\/gateway$/, replacement: source('gateway/index.ts') },
        { find: /^tickmark\/kafka$/, replacement: source('kafka/index.ts') },
        { find: /^tickmark\/parts$/, replacement: source('parts/index.ts') },
        { find: /^tickmark\/polling$/, replacement: source('streams/polling/index.ts') },
        { find: /^tickmark\/postgres$/, replacement: source('postgres/index.ts') },
        { find: /^tickmark\/instruments$/, replacement: source('instruments/index.ts') },
        { find: /^tickmark\/fills$/, replacement: source('fills/index.ts') },
        { find: /^tickmark\/ledger$/, replacement: source('ledger/index.ts') },
        { find: /^tickmark\/protocol$/, replacement: source('protocol/index.ts') },
        { find: /^tickmark\/react$/, replacement: source('react/index.ts') },
        { find: /^tickmark\/redis$/, replacement: source('redis/index.ts') },
        { find: /^tickmark\/replay$/, replacement: source('streams/replay/index.ts') },
        { find: /^tickmark\/sqlite$/, replacement: source('sqlite/index.ts') },
        { find: /^tickmark\/sse$/, replacement: source('streams/sse/index.ts') },
        { find: /^tickmark\/verify$/, replacement: source('verify/index.ts') },
        { find: /^tickmark\/vue$/, replacement: source('vue/index.ts') },
        { find: /^tickmark\/websocket$/, replacement: source('streams/websocket/index.ts') },
      ],
    },
    test: {
      include: [...suite.include],
      exclude: [
        '**/node_modules/**',
        ...(suite.exclude ?? []),
        // What is too large for the gate runs by the suite's own command.
        ...(size === 'full' ? [] : ['test/**/*.full.test.ts', 'test/**/*.full.*.test.ts']),
      ],
      environment: 'node',
      globalSetup: ['test/setup/announce-run.ts', ...(suite.globalSetup ?? [])],
      setupFiles: ['test/setup/seeded-properties.ts'],
      // No file leaves anything behind in its process that another would notice.
      isolate: false,
      maxWorkers: suite.maxWorkers,
      env: {
        TICKMARK_SUITE: mode,
        TICKMARK_SIZE: size,
        ...(seed === undefined ? {} : { TICKMARK_SEED: seed }),
      },
      // Ends what hangs, as for a test as a whole.
      expect: { poll: { timeout: suite.timeoutMs * 0.8, interval: 20 } },
      testTimeout: suite.timeoutMs,
      hookTimeout: suite.timeoutMs,
    },
  };
});
