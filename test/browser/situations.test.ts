import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import { InMemoryEventBus, InMemoryPortfolioRepository, PriceChangedBatch } from 'tickmark';
import { MarkToMarketEngine } from 'tickmark/parts';
import { Gateway, nodeHandler } from 'tickmark/gateway';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { canUseChromium, launchChromium, openPage } from './chromium.js';
import { bundlePage } from './page-bundle.js';

// The rows of field-faults, section 17, that a real browser is needed for.

const COUNT = 1000;
const SYMBOLS = Array.from({ length: COUNT }, (_, at) => `P${at}`);
const CHINESE = Array.from({ length: 300 }, (_, at) => `上海浦东发展银行股份有限公司普通股 ${at}`);

/** What stands between the pages and the gateway. */
interface Between {
  /** Headers of the page. */
  readonly page?: Record<string, string>;
  /** Whether handshakes are cut off. */
  isCut?: boolean;
  /** Answers a request to the gateway in its place; `false` lets it through. */
  live?: (request: IncomingMessage, response: ServerResponse) => boolean;
}

describe.skipIf(!canUseChromium())('a page', () => {
  let browser: Browser;
  let page: Page;
  let scripts: Record<string, string>;
  let bus: InMemoryEventBus;
  let engine: MarkToMarketEngine;
  let gateway: Gateway;
  let between: Between;
  let port: number;
  let close: () => Promise<void>;

  beforeAll(async () => {
    scripts = {
      '/page.js': await bundlePage('bare-client.ts', 'development'),
      '/worker.js': await bundlePage('worker-client.ts', 'development'),
    };
    browser = await launchChromium();
    bus = new InMemoryEventBus();
    engine = new MarkToMarketEngine({ bus, repository: new InMemoryPortfolioRepository() });
    await engine.start();
  });
  afterAll(async () => {
    await browser?.close();
    await engine?.close();
  });

  beforeEach(async () => {
    between = {};
    // As much as many proxies take of an address and headers together.
    const server = createServer({ maxHeaderSize: 8192 }, (request, response) => {
      const { pathname } = new URL(request.url!, 'http://site');
      if (pathname === '/live') {
        if (!between.live?.(request, response)) live(request, response);
        return;
      }
      const script = scripts[pathname];
      const type = script === undefined ? 'text/html' : 'text/javascript';
      response.writeHead(200, { 'content-type': type, ...between.page });
      response.end(
        script ??
          '<!doctype html><link rel="icon" href="data:,"><script type="module" src="/page.js"></script>',
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;
    gateway = new Gateway({
      bus,
      values: engine,
      book: engine.book,
      authenticate: () => ({ subject: 'visitor' }),
      authorize: () => true,
      serve: ['portfolio', 'positions', 'price'],
      WebSocketServer,
      origins: [`http://127.0.0.1:${port}`],
    });
    const live = nodeHandler(gateway);
    server.on('upgrade', (request, socket, head) => {
      if (between.isCut) socket.destroy();
      else void gateway.upgrade(request, socket, head);
    });
    close = async () => {
      await gateway.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    };
    const now = Date.now();
    const updates = [...SYMBOLS, ...CHINESE].map((symbol) => ({ symbol, price: '7', timestamp: now }));
    await bus.publish(PriceChangedBatch.ofUpdates(updates, now));
    page = await openPage(browser);
  });
  afterEach(async () => {
    await page.close();
    await close();
  });

  const open = async (query = '', on = page): Promise<void> => {
    await on.goto(`http://127.0.0.1:${port}/?${query}`);
    await on.waitForFunction(() => 'watch' in window);
  };
  const watch = (symbols: readonly string[], on = page) => on.evaluate((each) => window.watch(each), symbols);
  const hasAll = (symbols: readonly string[], on = page) =>
    on.waitForFunction((each) => each.every((symbol) => window.prices()[symbol] === '7'), symbols);

  // 17.1
  it.each(['', 'ws'])(
    'shows A, then B for more than a second, then A again, within a round trip (%s)',
    async (query) => {
      await open(query);
      await watch(['P1']);
      await hasAll(['P1']);
      await watch(['P2']);
      await hasAll(['P2']);
      await page.waitForTimeout(1200);
      const opened = gateway.stats().opened;
      await watch(['P1', 'P2']);
      await hasAll(['P1', 'P2']);
      expect(gateway.stats().opened).toBe(opened);
    },
  );

  // 17.2
  it.each(['', 'ws'])('has as many topics as are promised, whatever their ids (%s)', async (query) => {
    await open(query);
    await watch(SYMBOLS);
    await hasAll(SYMBOLS);
    await watch([...CHINESE, ...SYMBOLS.slice(0, COUNT - CHINESE.length)]);
    await hasAll(CHINESE);
    expect(gateway.stats().connections).toBe(1);
  });

  it('has as many as an address has room for where POST is not routed, and says of the others why', async () => {
    between.live = ({ method }, response) => {
      if (method === 'POST') response.writeHead(404).end();
      return method === 'POST';
    };
    await open();
    await watch(SYMBOLS);
    await page.waitForFunction(() => Object.keys(window.prices()).length > 150);
    const reasons = await page.evaluate(
      (symbols) => symbols.map((symbol) => window.client.price(symbol).getSnapshot().reason ?? 'shown'),
      SYMBOLS,
    );
    expect(new Set(reasons)).toEqual(new Set(['shown', 'limit']));
  });

  // 17.13
  it.each(['', 'ws'])(
    'that scrolls through a thousand rows shows each in time, on one connection (%s)',
    async (query) => {
      await open(query);
      let opened = 0;
      for (let from = 0; from < COUNT; from += 50) {
        const rows = SYMBOLS.slice(from, from + 30);
        await watch(rows);
        await hasAll(rows);
        opened ||= gateway.stats().opened;
      }
      expect(gateway.stats().opened).toBe(opened);
    },
  );

  // 17.5
  it.each([
    ['a redirect to a login page', 302, { location: '/login' }, 'unauthorized'],
    ['a login page', 200, { 'content-type': 'text/html' }, 'unauthorized'],
    ['nothing to send', 204, {}, 'closed'],
    ['an address that is gone', 410, {}, 'closed'],
    ['a wrong address', 404, {}, 'connecting'],
  ])('that is answered with %s says so', async (_, status, headers, state) => {
    let asked = 0;
    between.live = (_request, response) => {
      asked++;
      response.writeHead(status, headers).end();
      return true;
    };
    await open();
    await watch(['P1']);
    await page.waitForFunction(
      (each) => window.fault().message !== '' && window.fault().state === each,
      state,
    );
    await page.waitForTimeout(1000);
    if (state !== 'connecting') expect(asked).toBe(1);
    expect((await page.evaluate(() => window.fault())).message).toMatch(/login|204|410|no gateway/);
  });

  const warnings = (): string[] => {
    const texts: string[] = [];
    page.on('console', (message) => {
      if (message.text().startsWith('tickmark:')) texts.push(message.text());
    });
    return texts;
  };

  it.each(['', 'ws&'])('whose policy forbids the address says so, and tries no more (%s)', async (query) => {
    Object.assign(between, { page: { 'content-security-policy': "connect-src 'self'" } });
    const told = warnings();
    await open(`${query}url=http://localhost:${port}/live`);
    await watch(['P1']);
    await page.waitForFunction(() => window.fault().state === 'closed');
    expect(await page.evaluate(() => window.fault())).toMatchObject({
      cause: 'csp',
      message: `The page's Content Security Policy blocks http://localhost:${port}: add it to connect-src.`,
    });
    expect(told).toHaveLength(1);
  });

  // Policies that only report, and other addresses of the same host, forbid nothing here.
  it.each(['', 'ws&'])(
    'whose policy reports, or forbids something else, goes on trying (%s)',
    async (query) => {
      Object.assign(between, {
        page: {
          'content-security-policy': `connect-src 'self' ws://127.0.0.1:${port} http://localhost:${port}/live ws://localhost:${port}/live`,
          'content-security-policy-report-only': "connect-src 'none'",
        },
      });
      const told = warnings();
      between.isCut = true;
      between.live = (_request, response) => {
        response.destroy();
        return true;
      };
      await open(`${query}url=http://localhost:${port}/live`);
      await page.evaluate(() => fetch(`http://localhost:${location.port}/other`).catch(() => undefined));
      await watch(['P1']);
      await page.waitForFunction(() => window.client.connection.getSnapshot().attempt > 1);
      expect(await page.evaluate(() => window.fault())).toMatchObject({ cause: null });
      expect(told).toEqual([]);
    },
  );

  it('behind a proxy that buffers says so', async () => {
    between.live = (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
      return true;
    };
    const told = warnings();
    await open('timeout=800');
    await watch(['P1']);
    await page.waitForFunction(() => window.fault().cause === 'buffering');
    expect(told).toHaveLength(1);
  });

  it('that is the seventh window over HTTP/1.1 says what it waits for', async () => {
    const context = await browser.newContext();
    const windows: Page[] = [];
    for (let count = 0; count < 7; count++) {
      const window = await context.newPage();
      await open('timeout=2000', window);
      windows.push(window);
    }
    for (const window of windows.slice(0, 6)) {
      await watch(['P1'], window);
      await hasAll(['P1'], window);
    }
    await watch(['P1'], windows[6]);
    await windows[6]!.waitForFunction(() => window.fault().cause === 'connection-limit');
    // One of the six makes room.
    await windows[0]!.close();
    await hasAll(['P1'], windows[6]);
    await context.close();
  });

  // 17.7
  it('with storage, locks and channels blocked has a connection of its own, and says so', async () => {
    await page.addInitScript(() => {
      const denied = () => Promise.reject(new DOMException('denied', 'SecurityError'));
      Object.defineProperty(navigator.locks, 'request', { value: denied });
    });
    await open('share');
    await watch(['P1']);
    await hasAll(['P1']);
    expect(await page.evaluate(() => window.fault())).toMatchObject({ state: 'live', cause: 'storage' });
  });

  it('shows what a worker of it reads', async () => {
    await open();
    const price = await page.evaluate(
      () =>
        new Promise((resolve) => {
          const worker = new Worker('/worker.js', { type: 'module' });
          worker.onmessage = ({ data }) => resolve(data);
        }),
    );
    expect(price).toBe('7');
  });
});
