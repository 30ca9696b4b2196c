// An app for browsers of every entry that works there, bundled by esbuild, Vite and webpack from the installed package, and run in a context
// that has what a browser has.
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { builtinModules, createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createContext, Script } from 'node:vm';
import * as esbuild from 'esbuild';
import * as vite from 'vite';
import { root } from './run-typescript.mjs';

const project = fileURLToPath(root);

/** Entries that work in a browser; those of bindings need their framework. */
const ENTRIES = [
  'tickmark',
  'tickmark/calendars',
  'tickmark/client',
  'tickmark/polling',
  'tickmark/sse',
  'tickmark/websocket',
];
const BINDINGS = { react: ['react'], vue: ['vue'] };

/** Connects, and says with which address the browser's WebSocket was made. */
const APP = `${[...ENTRIES, ...Object.keys(BINDINGS).map((name) => `tickmark/${name}`)]
  .map(
    (entry, at) => `import * as m${at} from '${entry}';\nglobalThis.counts.push(Object.keys(m${at}).length);`,
  )
  .join('\n')}
import { binance, WebSocketPriceStreamAdapter } from 'tickmark/websocket';
new WebSocketPriceStreamAdapter({ venue: binance() }).connect().catch((error) => globalThis.failed(error));
`;

/** Bundlers by name: each makes one text of the app in a folder, and says what it warned of. */
/** Whose output is a script, which can be run here; that of Vite is a module. */
const SCRIPTS = ['esbuild', 'webpack'];

const BUNDLERS = { esbuild: byEsbuild, Vite: byVite, webpack: byWebpack };

async function byEsbuild(folder) {
  const { outputFiles, warnings } = await esbuild.build({
    absWorkingDir: folder,
    entryPoints: ['app.js'],
    bundle: true,
    write: false,
    format: 'iife',
    target: 'es2022',
    platform: 'browser',
    define: { 'process.env.NODE_ENV': '"production"' },
    logLevel: 'silent',
  });
  return { code: outputFiles[0].text, warnings: warnings.map(({ text }) => text) };
}

async function byVite(folder) {
  const warnings = [];
  // React's own directive, about which the plugin of Vite for React is silent, too.
  const warn = (message) => message.includes('MODULE_LEVEL_DIRECTIVE') || warnings.push(message);
  const customLogger = { ...vite.createLogger('silent'), warn, warnOnce: warn, error: warn };
  const { output } = await vite.build({
    root: folder,
    configFile: false,
    logLevel: 'silent',
    customLogger,
    build: {
      write: false,
      minify: false,
      chunkSizeWarningLimit: 10_000,
      rollupOptions: { input: join(folder, 'app.js') },
    },
  });
  return { code: output.map(({ code = '' }) => code).join('\n'), warnings };
}

async function byWebpack(folder) {
  const own = join(project, 'test/bundlers/package.json');
  let webpack;
  try {
    webpack = createRequire(own)('webpack');
  } catch (cause) {
    throw new Error('webpack is missing: npm ci --prefix test/bundlers', { cause });
  }
  const path = join(folder, 'webpack');
  const compiler = webpack({
    context: folder,
    entry: './app.js',
    mode: 'production',
    target: 'web',
    output: { path, publicPath: '/' },
    optimization: { minimize: false },
    // Warnings about the size of a bundle, which check:size measures.
    performance: { hints: false },
  });
  const stats = await new Promise((resolve, reject) =>
    compiler.run((error, result) => compiler.close(() => (error ? reject(error) : resolve(result)))),
  );
  const { errors, warnings } = stats.toJson({ errors: true, warnings: true });
  const code = readdirSync(path)
    .map((file) => readFileSync(join(path, file), 'utf8'))
    .join('\n');
  return { code, warnings: [...errors, ...warnings].map(({ message }) => message) };
}

/** Modules in a bundle that no browser has: `ws`, and the builtins of Node, however they are loaded. */
function foreignModules(code) {
  const builtins = ['ws', ...builtinModules].map((name) => name.replaceAll('/', String.raw`\/`)).join('|');
  const loads = new RegExp(
    String.raw`(?:\b(?:require|import)\s*\(|\bfrom|\bimport)\s*["'\`](?:node:)?(?:${builtins})["'\`]`,
    'g',
  );
  return [...code.matchAll(loads), ...code.matchAll(/["'`]node:\w+["'`]/g)].map(([found]) => found);
}

/** Runs a bundle with what a browser has, and nothing of Node. @returns Addresses of the WebSockets that it opened. */
async function run(code) {
  const addresses = [];
  let opened;
  const opening = new Promise((resolve, reject) => (opened = { resolve, reject }));
  class WebSocket {
    constructor(address) {
      addresses.push(address);
      opened.resolve();
    }
    close() {}
  }
  const counts = [];
  const browser = {
    counts,
    failed: opened.reject,
    WebSocket,
    document: undefined,
    navigator: {},
    addEventListener() {},
    removeEventListener() {},
  };
  for (const name of [
    'AbortController',
    'AbortSignal',
    'console',
    'DecompressionStream',
    'DOMException',
    'fetch',
    'performance',
    'queueMicrotask',
    'TextDecoder',
    'TextEncoder',
    'URL',
    'URLSearchParams',
    'MessageChannel',
    'crypto',
    'Event',
    'EventTarget',
  ])
    browser[name] = globalThis[name];
  // Timers that keep nothing alive.
  browser.setTimeout = (callback, ms) => Number(setTimeout(callback, ms).unref());
  browser.clearTimeout = (timer) => clearTimeout(timer);
  browser.window = browser.self = browser;
  new Script(code).runInContext(createContext(browser));
  await Promise.race([
    opening,
    new Promise((_, reject) =>
      setTimeout(() => reject(new Error('no WebSocket was opened within 20 s')), 20_000).unref(),
    ),
  ]);
  if (counts.some((count) => count === 0)) throw new Error(`an entry exports nothing: ${counts}`);
  return addresses;
}

/**
 * Bundles and runs the app in a folder where the package is installed, with and without `ws` beside it.
 * @param check Called with a title and a function that throws if it does not hold.
 */
export async function checkBrowserBundles(folder, check) {
  writeFileSync(join(folder, 'app.js'), APP);
  for (const name of Object.values(BINDINGS).flat()) link(folder, name);
  for (const beside of ['without ws', 'with ws']) {
    if (beside === 'with ws') link(folder, 'ws');
    for (const [name, bundle] of Object.entries(BUNDLERS)) {
      await check(`bundles for a browser, by ${name}, ${beside}`, async () => {
        const { code, warnings } = await bundle(folder);
        const problems = [
          ...warnings.map((text) => `warning: ${text}`),
          ...foreignModules(code).map((found) => `contains ${found}`),
        ];
        if (problems.length > 0) throw new Error(problems.map((each) => `  ${each}`).join('\n'));
        const [address] = SCRIPTS.includes(name) ? await run(code) : ['wss://'];
        if (!address?.startsWith('wss://')) throw new Error(`the bundle opened ${address}`);
        return `${code.length} characters`;
      });
    }
  }
}

/** Makes a package of the project visible from the folder. */
function link(folder, name) {
  const path = join(folder, 'node_modules', name);
  mkdirSync(join(folder, 'node_modules'), { recursive: true });
  if (!existsSync(path)) symlinkSync(join(project, 'node_modules', name), path, 'junction');
}
