import { createContext, runInContext, type Context } from 'node:vm';
import { build } from 'esbuild';
import { WebSocket } from 'ws';
import { INSTALLED } from './platform-packages.js';
import { Networking, XMLHttpRequest } from './native-networking.js';

/** How much of `URL` React Native has had: for years its parts threw. */
export type UrlParts = 'parts' | 'no parts';

/**
 * `URL` of React Native, as in Libraries/Blob/URL.js: any string is an address, and gets a slash at its end.
 * @param parts Whether it can be taken apart, which came later.
 */
function urlClass(parts: UrlParts): unknown {
  const part = (name: 'host' | 'hostname' | 'protocol' | 'pathname') =>
    function (this: { href: string }): string {
      if (parts === 'no parts') throw new Error('not implemented');
      return new URL(this.href)[name];
    };
  class NativeUrl {
    readonly href: string;

    constructor(url: string) {
      this.href = url.endsWith('/') ? url : `${url}/`;
    }
  }
  for (const name of ['host', 'hostname', 'protocol', 'pathname'] as const)
    Object.defineProperty(NativeUrl.prototype, name, { get: part(name) });
  return NativeUrl;
}

/** `WebSocket` of React Native: without an `Origin` of a page, the native side sends that of the address. */
class NativeWebSocket extends WebSocket {
  constructor(url: string, protocols: string[]) {
    super(url, protocols, { origin: new URL(url.replace(/^ws/, 'http')).origin });
  }
}

/** Bundles programs for React Native, whose own modules are those of this folder. */
async function bundleFor(program: string, global: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: program, resolveDir: import.meta.dirname, loader: 'ts' },
    bundle: true,
    write: false,
    format: 'iife',
    globalName: global,
    platform: 'neutral',
    mainFields: ['react-native', 'module', 'main'],
    nodePaths: [INSTALLED],
    logLevel: 'error',
    plugins: [
      {
        name: 'react-native',
        setup(bundler) {
          bundler.onResolve({ filter: /^react-native($|\/)/ }, ({ path }) => ({ path, namespace: 'native' }));
          bundler.onLoad({ filter: /.*/, namespace: 'native' }, () => ({
            contents:
              'export const { Networking } = globalThis.native; export default { createFromParts() {}, release() {} };',
          }));
        },
      },
    ],
  });
  return outputFiles[0]!.text;
}

const APP = `
  export * from '../../src/client/index.js';
  export { fetch } from 'react-native-fetch-api';
  export { default as EventSource } from 'react-native-sse';
`;
let programs: Promise<readonly string[]> | undefined;

/** The JavaScript of an app in React Native: its globals and nothing else, with the client and the packages that apps take for networking. */
export class ReactNative {
  readonly #context: Context;

  private constructor(context: Context) {
    this.#context = context;
  }

  static async start({ url = 'parts' as UrlParts, decoder = true } = {}): Promise<ReactNative> {
    const context = createContext({
      native: { Networking },
      navigator: { product: 'ReactNative' },
      XMLHttpRequest,
      WebSocket: NativeWebSocket,
      URL: urlClass(url),
      AbortController,
      Blob,
      FormData,
      URLSearchParams,
      performance: { now: () => performance.now() },
      ...(decoder && { TextDecoder, TextEncoder }),
      ReadableStream,
      setTimeout,
      clearTimeout,
      setInterval,
      clearInterval,
      console: { warn: () => undefined },
    });
    const app = new ReactNative(context);
    // The fetch of React Native is this package, over its XMLHttpRequest.
    programs ??= Promise.all([bundleFor(`import 'whatwg-fetch';`, 'own'), bundleFor(APP, 'app')]);
    for (const program of await programs) app.run(program);
    return app;
  }

  /** Runs an expression of the app. */
  run<T>(expression: string, given: Readonly<Record<string, unknown>> = {}): T {
    Object.assign(this.#context, given);
    return runInContext(expression, this.#context) as T;
  }
}
