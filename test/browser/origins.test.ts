import { createServer, type Server } from 'node:http';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { WebSocketServer } from 'ws';
import { InMemoryEventBus, InMemoryPortfolioRepository, Portfolio, PriceChangedBatch } from 'tickmark';
import { MarkToMarketEngine } from 'tickmark/parts';
import { Gateway, nodeHandler, type GatewayOptions } from 'tickmark/gateway';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { DESK } from '../gateway/rig/gateway-rig.js';
import { canUseChromium, launchChromium } from './chromium.js';
import { bundlePage } from './page-bundle.js';

// Pages of several origins, and what each of them may read of a gateway, with the headers that a real browser sends. `app.test` and
// `evil.test` are hosts on plain HTTP that the browser, unlike loopback, does not trust: it leaves Sec-Fetch-Site out there.

const HOSTS = '--host-resolver-rules=MAP app.test 127.0.0.1, MAP evil.test 127.0.0.1';

describe.skipIf(!canUseChromium())('a page in a browser', () => {
  let browser: Browser;
  let code: string;
  let bus: InMemoryEventBus;
  let engine: MarkToMarketEngine;
  let gateway: Gateway;
  const servers: Server[] = [];

  beforeAll(async () => {
    code = await bundlePage('origins.ts');
    browser = await launchChromium([HOSTS]);
    bus = new InMemoryEventBus();
    const repository = new InMemoryPortfolioRepository();
    await repository.save(Portfolio.create(DESK));
    engine = new MarkToMarketEngine({ bus, repository });
    await engine.start();
    const now = Date.now();
    const updates = ['ACME', 'GLOBEX'].map((symbol) => ({ symbol, price: '2', timestamp: now }));
    await bus.publish(PriceChangedBatch.ofUpdates(updates, now));
  });

  afterEach(async () => {
    await gateway.close();
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });

  afterAll(async () => {
    await browser?.close();
    await engine?.close();
  });

  /** Serves the page, and the gateway at `/live` where there is one; gives the port. */
  const serve = async (live?: Gateway): Promise<number> => {
    const handle = live && nodeHandler(live);
    const server = createServer((request, response) => {
      if (handle && request.url!.startsWith('/live')) return handle(request, response);
      const isScript = request.url === '/page.js';
      response.writeHead(200, { 'content-type': isScript ? 'text/javascript' : 'text/html' });
      response.end(isScript ? code : '<!doctype html><script type="module" src="/page.js"></script>');
    });
    if (live) server.on('upgrade', (request, socket, head) => void live.upgrade(request, socket, head));
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  };

  const start = (options: Partial<GatewayOptions> = {}): Promise<number> => {
    gateway = new Gateway({
      bus,
      values: engine,
      authenticate: () => ({ subject: 'visitor' }),
      authorize: () => true,
      WebSocketServer,
      ...options,
    });
    return serve(gateway);
  };

  /** Why the client of a page does not read the gateway at `live`. */
  const reasons = async (address: string, live: string): Promise<Record<string, string>> => {
    const page: Page = await browser.newPage();
    await page.goto(address);
    await page.waitForFunction(() => 'whyNot' in window);
    const found = await page.evaluate((each) => window.whyNot(each), live);
    await page.close();
    return found;
  };

  /** What a page of `origin` reads of the gateway at `live`, by each way there is. */
  const read = async (origin: string, live: string): Promise<Record<string, string>> => {
    const page: Page = await browser.newPage();
    await page.goto(origin);
    await page.waitForFunction(() => 'readAll' in window);
    const read = await page.evaluate((address) => window.readAll(address), live);
    await page.close();
    return read;
  };

  const EVERYTHING = { client: '300.00', socket: '300.00', eventSource: '300.00' };
  const NOTHING = { client: 'nothing', socket: 'nothing', eventSource: 'nothing' };

  it.each(['app.test', '127.0.0.1', 'localhost'])(
    'reads the gateway of its own origin on plain HTTP, at %s, which is not listed',
    async (host) => {
      const port = await start();
      const origin = `http://${host}:${port}`;
      expect(await read(origin, `${origin}/live`)).toEqual(EVERYTHING);
      expect(gateway.stats().refused).toEqual({});
    },
  );

  it.each([
    ['another port of the same host', 'app.test', 'app.test'],
    ['another host on plain HTTP', 'evil.test', 'app.test'],
    ['another host that the browser trusts', 'localhost', '127.0.0.1'],
    ['the same address under another name', 'app.test', '127.0.0.1'],
  ])('of %s reads nothing unless it is listed', async (_, from, to) => {
    const pagePort = await serve();
    const origin = `http://${from}:${pagePort}`;
    // Programs may read, and pages of other origins may not all the same.
    let port = await start({ allowMissingOrigin: true });
    expect(await read(origin, `http://${to}:${port}/live`)).toEqual(NOTHING);
    expect(gateway.stats()).toMatchObject({ opened: 0, authorizations: { asked: 0 } });
    expect(gateway.stats().refused[4403]).toBeGreaterThanOrEqual(3);
    await gateway.close();
    port = await start({ origins: [origin] });
    expect(await read(origin, `http://${to}:${port}/live`)).toEqual(EVERYTHING);
  });

  it('of another origin that is not listed is told which option names it', async () => {
    const port = await start();
    const origin = `http://localhost:${await serve()}`;
    const live = `http://127.0.0.1:${port}`;
    const why =
      `origin, retries: The server ${live} answers, but not pages of ${origin}: ` +
      'list that in `origins` of the gateway.';
    expect(await reasons(origin, `${live}/live`)).toEqual({ eventStreams: why, webSockets: why });
    expect(gateway.stats()).toMatchObject({ opened: 0, authorizations: { asked: 0 } });
  });

  it('is not told to list its origin while there is no gateway, and when it is listed', async () => {
    const origin = `http://localhost:${await serve()}`;
    const port = await start({ origins: [origin] });
    await gateway.close();
    const [eventStreams, webSockets] = [
      expect.stringMatching(/^null, retries/),
      expect.stringMatching(/^null, /),
    ];
    expect(await reasons(origin, `http://127.0.0.1:${port}/live`)).toEqual({ eventStreams, webSockets });
    expect(await reasons(origin, 'http://127.0.0.1:9/live')).toEqual({ eventStreams, webSockets });
  });

  // As in Electron, Cordova and others: a page that no server has sent.
  it('from a file reads nothing, and is told why', async () => {
    const port = await start({ allowMissingOrigin: true });
    const folder = mkdtempSync(join(tmpdir(), 'tickmark-'));
    try {
      const file = join(folder, 'page.html');
      writeFileSync(
        file,
        `<!doctype html><script type="module">${code.replaceAll('</script', '<\\/script')}</script>`,
      );
      const live = `http://127.0.0.1:${port}`;
      const why =
        `origin, retries: The server ${live} answers, but not this page: it has the origin "null", as files have, ` +
        'which no gateway accepts. Load it from a server.';
      expect(await reasons(`file://${file}`, `${live}/live`)).toEqual({ eventStreams: why, webSockets: why });
    } finally {
      rmSync(folder, { recursive: true });
    }
    expect(gateway.stats()).toMatchObject({ opened: 0 });
  });

  it('with an opaque origin reads nothing', async () => {
    const port = await start({ allowMissingOrigin: true });
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${port}`);
    // In a frame that is sandboxed a page has the origin "null".
    await page.setContent(
      `<iframe sandbox="allow-scripts" srcdoc='<script>
        fetch("http://127.0.0.1:${port}/live?topic=portfolio:desk")
          .then(() => "read", () => "nothing").then((text) => parent.postMessage(text, "*"));
      </script>'></iframe><script>addEventListener('message', ({ data }) => (document.title = data))</script>`,
    );
    await page.waitForFunction(() => document.title !== '');
    expect(await page.title()).toBe('nothing');
    await page.close();
    expect(gateway.stats()).toMatchObject({ opened: 0, refused: { 4403: 1 } });
  });
});
