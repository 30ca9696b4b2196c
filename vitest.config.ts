import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const source = (path: string): string => fileURLToPath(new URL(`src/${path}`, import.meta.url));

export default defineConfig(({ mode }) => {
  const long = mode === 'long' || process.env.TICKMARK_LONG === '1';
  // Ends what hangs, and nothing that is only slow on a machine that is busy.
  const timeout = long ? 20 * 60_000 : 120_000;
  return {
    resolve: {
      alias: [
        { find: /^tickmark$/, replacement: source('index.ts') },
        { find: /^tickmark\/client$/, replacement: source('client/index.ts') },
        { find: /^tickmark\/conformance$/, replacement: source('conformance/index.ts') },
        { find: /^tickmark\/gateway$/, replacement: source('gateway/index.ts') },
        { find: /^tickmark\/kafka$/, replacement: source('streams/kafka/index.ts') },
        { find: /^tickmark\/polling$/, replacement: source('streams/polling/index.ts') },
        { find: /^tickmark\/postgres$/, replacement: source('postgres/index.ts') },
        { find: /^tickmark\/react$/, replacement: source('react/index.ts') },
        { find: /^tickmark\/redis$/, replacement: source('redis/index.ts') },
        { find: /^tickmark\/replay$/, replacement: source('streams/replay/index.ts') },
        { find: /^tickmark\/sse$/, replacement: source('streams/sse/index.ts') },
        { find: /^tickmark\/vue$/, replacement: source('vue/index.ts') },
        { find: /^tickmark\/websocket$/, replacement: source('streams/websocket/index.ts') },
      ],
    },
    test: {
      include: ['test/**/*.test.ts', ...(long ? ['test/**/*.long.ts'] : [])],
      environment: 'node',
      // Most files wait for servers, and none leaves anything behind in its process that another would notice. Not more of them at
      // once than those servers have connections for.
      isolate: false,
      maxWorkers: Math.min(6, Math.max(4, availableParallelism() - 1)),
      env: long ? { TICKMARK_LONG: '1' } : {},
      // As for a test as a whole: what is only slow passes.
      expect: { poll: { timeout: 10_000, interval: 20 } },
      testTimeout: timeout,
      hookTimeout: timeout,
    },
  };
});
