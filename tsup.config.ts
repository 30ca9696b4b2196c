import { defineConfig } from 'tsup';

export default defineConfig({
  // Keys are paths below dist and equal the subpaths in package.json; test/package/exports.test.ts compares them.
  entry: {
    index: 'src/index.ts',
    'calendars/index': 'src/calendars/index.ts',
    'client/index': 'src/client/index.ts',
    'conformance/index': 'src/conformance/index.ts',
    'gateway/index': 'src/gateway/index.ts',
    'instruments/index': 'src/instruments/index.ts',
    'kafka/index': 'src/kafka/index.ts',
    'fills/index': 'src/fills/index.ts',
    'ledger/index': 'src/ledger/index.ts',
    'parts/index': 'src/parts/index.ts',
    'polling/index': 'src/streams/polling/index.ts',
    'postgres/index': 'src/postgres/index.ts',
    'protocol/index': 'src/protocol/index.ts',
    'react/index': 'src/react/index.ts',
    'redis/index': 'src/redis/index.ts',
    'replay/index': 'src/streams/replay/index.ts',
    'sqlite/index': 'src/sqlite/index.ts',
    'sse/index': 'src/streams/sse/index.ts',
    'verify/index': 'src/verify/index.ts',
    'verify/command': 'src/verify/command.ts',
    'vue/index': 'src/vue/index.ts',
    'websocket/index': 'src/streams/websocket/index.ts',
  },
  format: ['esm'],
  target: 'es2022',
  platform: 'neutral',
  // Every subpath shares one copy of a class, so `instanceof TickmarkError` holds across subpaths.
  splitting: true,
  external: [/^node:/],
  removeNodeProtocol: false,
  // The declarations mention Symbol.asyncDispose, which a consumer's own `lib` may not name.
  dts: { banner: '/// <reference lib="esnext.disposable" />' },
  sourcemap: true,
  clean: true,
  minify: false,
});
