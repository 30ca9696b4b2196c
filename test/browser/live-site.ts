import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import {
  InMemoryEventBus,
  InMemoryPortfolioRepository,
  Portfolio,
  PriceChangedBatch,
  type PortfolioInput,
} from 'tickmark';
import { MarkToMarketEngine } from 'tickmark/parts';
import { Gateway, nodeHandler, type GatewayOptions } from 'tickmark/gateway';
import { WebSocketServer } from 'ws';

/** What a site is to serve. */
export interface LiveSiteOptions {
  /** Programs of pages, by name. */
  readonly pages: Readonly<Record<string, string>>;
  /** What pages show before their programs run, by name. */
  readonly rendered?: Readonly<Record<string, string>>;
  readonly portfolios?: readonly PortfolioInput[];
  readonly gateway?: Partial<GatewayOptions>;
}

/**
 * A web site as an application would have it: pages, and a gateway at `/live` on a real engine. The gateway's process can be killed
 * and started again.
 */
export class LiveSite {
  readonly bus = new InMemoryEventBus();
  readonly engine: MarkToMarketEngine;
  gateway!: Gateway;
  /** Addresses of the handshakes of WebSockets, as they were asked for. */
  readonly upgraded: string[] = [];
  readonly #options: LiveSiteOptions;
  readonly #sockets = new Set<Socket>();
  readonly #origins: string[] = [];
  #server!: Server;
  #port = 0;

  private constructor(options: LiveSiteOptions, engine: MarkToMarketEngine, bus: InMemoryEventBus) {
    this.#options = options;
    this.engine = engine;
    this.bus = bus;
  }

  static async start(options: LiveSiteOptions): Promise<LiveSite> {
    const bus = new InMemoryEventBus();
    const repository = new InMemoryPortfolioRepository();
    for (const input of options.portfolios ?? []) await repository.save(Portfolio.create(input));
    const engine = new MarkToMarketEngine({ bus, repository });
    await engine.start();
    const site = new LiveSite(options, engine, bus);
    await site.up();
    return site;
  }

  get port(): number {
    return this.#port;
  }

  /** Address of a page. Of a host that browsers take for a secure one, so that tabs may share. */
  url(page: string, port = this.#port): string {
    return `http://127.0.0.1:${port}/${page}`;
  }

  /** Connections that are open, of whatever kind. */
  get openSockets(): number {
    return this.#sockets.size;
  }

  /** Also lets pages of another origin read, such as those that came through a proxy. Before the gateway is started anew. */
  async allow(origin: string): Promise<void> {
    this.#origins.push(origin);
    await this.down();
    await this.up();
  }

  /** Prices of now, heard by the engine and the gateway. */
  async prices(prices: Readonly<Record<string, string>>): Promise<void> {
    const now = Date.now();
    const updates = Object.entries(prices).map(([symbol, price]) => ({ symbol, price, timestamp: now }));
    await this.bus.publish(PriceChangedBatch.ofUpdates(updates, now));
  }

  /** Starts the process of the gateway, at the same address as before. */
  async up(): Promise<void> {
    const server = (this.#server = createServer());
    server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (server.address() as AddressInfo).port;
    const { bus, engine } = this;
    const gateway = (this.gateway = new Gateway({
      bus,
      values: engine,
      book: engine.book,
      authenticate: () => ({ subject: 'visitor' }),
      authorize: () => true,
      serve: ['portfolio', 'positions', 'price'],
      WebSocketServer,
      origins: [new URL(this.url('')).origin, ...this.#origins],
      ...this.#options.gateway,
      limits: { openingsPerAddress: 10_000, messagesPerSecond: 1000, ...this.#options.gateway?.limits },
    }));
    const live = nodeHandler(gateway);
    server.on('request', (request, response) => {
      const { pathname } = new URL(request.url!, 'http://site');
      if (pathname === '/live') return live(request, response);
      const [, page = '', script] = pathname.split('/');
      const code = this.#options.pages[page];
      if (code === undefined) return response.writeHead(404).end();
      if (script === 'page.js')
        return response.writeHead(200, { 'content-type': 'text/javascript' }).end(code);
      const html = PAGE.replace('PAGE', page).replace('RENDERED', this.#options.rendered?.[page] ?? '');
      response.writeHead(200, { 'content-type': 'text/html' }).end(html);
    });
    server.on('upgrade', (request, socket, head) => {
      this.upgraded.push(request.url!);
      void gateway.upgrade(request, socket, head);
    });
  }

  /** Kills the process of the gateway: connections are reset, and nobody answers. */
  async down(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.resetAndDestroy();
    await this.gateway.close();
    await closed;
  }

  async close(): Promise<void> {
    await this.down();
    await this.engine.close();
    await this.bus.close();
  }
}

const PAGE = `<!doctype html>
<html lang="en">
  <head><meta charset="utf-8"><title>tickmark</title><link rel="icon" href="data:,">
    <style>
      .rows { height: 400px; overflow: auto }
      .row { display: flex; height: 20px; contain: strict }
      .group { content-visibility: auto; contain-intrinsic-size: auto 400px }
      .row span { width: 100px }
      .up-0, .up-1 { animation: 0.4s up-0 } .up-1 { animation-name: up-1 }
      .down-0, .down-1 { animation: 0.4s down-0 } .down-1 { animation-name: down-1 }
      @keyframes up-0 { from { background: #9f9 } } @keyframes up-1 { from { background: #9f9 } }
      @keyframes down-0 { from { background: #f99 } } @keyframes down-1 { from { background: #f99 } }
    </style>
  </head>
  <body><div id="app">RENDERED</div><script type="module" src="/PAGE/page.js"></script></body>
</html>
`;
