// What the documentation uses of packages for proxies that `npm ci` does not install.
declare module 'https-proxy-agent' {
  import type { Agent } from 'node:http';

  export class HttpsProxyAgent extends Agent {
    constructor(proxy: string | URL);
  }
}

declare module 'undici' {
  export interface Dispatcher {
    dispatch(options: object, handler: object): boolean;
  }

  export class ProxyAgent implements Dispatcher {
    constructor(proxy: string | URL);
    dispatch(options: object, handler: object): boolean;
  }

  /** As the platform's, with an option more. */
  export function fetch(url: string, init: RequestInit & { dispatcher?: Dispatcher }): Promise<Response>;
}
