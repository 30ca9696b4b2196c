import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { chromium, type Browser, type Page } from 'playwright-core';
import { WebSocketServer } from 'ws';
import { PriceChangedBatch } from '../../src/core/prices/price-changed-event.js';
import { MarkToMarketEngine } from '../../src/core/engine/mark-to-market-engine.js';
import { Gateway } from '../../src/gateway/gateway.js';
import { nodeHandler } from '../../src/gateway/http/node-handler.js';
import { InMemoryEventBus } from '../../src/memory/in-memory-event-bus.js';
import { InMemoryPortfolioRepository } from '../../src/memory/in-memory-portfolio-repository.js';
import { spread, type Bench } from '../harness.js';
import type { Unmeasurable } from '../processor-time.js';
import type { CaseReport, Figure, Ratio } from '../report.js';

const ROWS = 1000;
const LIST = 10_000;
/** Rows of a list that are visible at once. */
const VISIBLE = 40;
/** As long as it takes until a view that is left is forgotten, and more. */
const AWAY_MS = 1200;
const SLOWDOWN = 4;
const LONGEST_TASK_MS = 50;
const PATHS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

const MEASURED =
  `Chromium, processor slowed to a quarter, gateway in this process on loopback: ${ROWS.toLocaleString('en')} prices of a page that is left for ` +
  `${AWAY_MS} ms and reopened, until the first and the last has its value; a list of ${LIST.toLocaleString('en')} that scrolls by ${VISIBLE} rows each 100 ms, until all visible ones have theirs`;

interface Times {
  readonly first: number[];
  readonly all: number[];
  readonly scroll: number[];
  /** While it is opened, with code that has never run; and later. */
  readonly longestTaskMs: { readonly opening: number; readonly later: number };
}

/** What a page shows when it is reopened and when it scrolls, over both transports. */
export async function pages(bench: Bench): Promise<CaseReport> {
  const path = process.env.TICKMARK_CHROMIUM ?? PATHS.find((each) => existsSync(each));
  if (!path || !existsSync(path))
    return {
      measured: MEASURED,
      figures: [],
      ratios: [],
      void: 'there is no Chromium: apt-get install chromium, or TICKMARK_CHROMIUM=/path/to/chromium',
    };
  const site = await openSite();
  const browser = await chromium.launch({ executablePath: path, args: ['--no-sandbox', '--disable-gpu'] });
  try {
    const figures: Figure[] = [];
    const ratios: Ratio[] = [];
    for (const [name, query] of [
      ['event streams', ''],
      ['WebSocket', 'ws'],
    ] as const) {
      const { first, all, scroll, longestTaskMs } = await measure(
        bench,
        browser,
        `${site.address}?${query}`,
        name,
      );
      for (const [group, times] of Object.entries({
        'reopened: first value': first,
        'reopened: all values': all,
        'scrolled: visible values': scroll,
      })) {
        const sorted = times.sort((a, b) => a - b);
        figures.push({ group, name: `${name}, median`, unit: 'ms', ...spread(sorted) });
        const p99 = sorted[Math.floor(sorted.length * 0.99)]!;
        figures.push({
          group,
          name: `${name}, p99`,
          unit: 'ms',
          median: p99,
          min: sorted[0]!,
          max: sorted.at(-1)!,
        });
      }
      for (const [when, value] of Object.entries(longestTaskMs))
        ratios.push({
          name: `${name}: longest task, ${when}`,
          value,
          unit: 'ms',
          floor: LONGEST_TASK_MS,
          isCeiling: true,
        });
    }
    return {
      measured: MEASURED,
      figures: figures.sort((a, b) => a.group.localeCompare(b.group)),
      ratios,
    };
  } finally {
    await browser.close();
    await site.close();
  }
}

/** A browser computes in processes of its own. */
export function pagesWork(): Promise<Unmeasurable> {
  return Promise.resolve({ measured: MEASURED, void: 'the work is that of a browser, in other processes' });
}

async function measure(bench: Bench, browser: Browser, address: string, name: string): Promise<Times> {
  const page = await browser.newPage();
  await page.goto(address);
  await page.waitForFunction(() => 'watch' in globalThis);
  const session = await page.context().newCDPSession(page);
  await session.send('Emulation.setCPUThrottlingRate', { rate: SLOWDOWN });
  const rounds = bench.quick ? 3 : 50;
  const rows: Span = { first: 0, count: ROWS };
  const longest = () => page.evaluate(() => (globalThis as unknown as PageGlobals).longestTaskMs());
  await until(page, rows);
  await page.waitForTimeout(AWAY_MS);
  const opening = await longest();
  const first: number[] = [];
  const all: number[] = [];
  for (let round = 0; round < rounds; round++) {
    bench.progress(`${name}: reopened ${round + 1} of ${rounds} times`);
    await until(page, { first: LIST, count: 1 });
    await page.waitForTimeout(AWAY_MS);
    const times = await until(page, rows);
    first.push(times.first);
    all.push(times.all);
  }
  const scroll: number[] = [];
  const steps = bench.quick ? 10 : LIST / VISIBLE;
  for (let step = 0; step < steps; step++) {
    if (step % 25 === 0) bench.progress(`${name}: scrolled ${step} of ${steps} times`);
    scroll.push((await until(page, { first: step * VISIBLE, count: VISIBLE })).all);
    await page.waitForTimeout(100);
  }
  const later = await longest();
  await page.close();
  return { first, all, scroll, longestTaskMs: { opening, later } };
}

/** Consecutive symbols. */
interface Span {
  readonly first: number;
  readonly count: number;
}

interface PageGlobals {
  watch(span: Span): Promise<{ first: number; all: number }>;
  longestTaskMs(): number;
}

function until(page: Page, span: Span): Promise<{ first: number; all: number }> {
  return page.evaluate((each) => (globalThis as unknown as PageGlobals).watch(each), span);
}

/** A gateway with all prices, and a page of its client. */
async function openSite() {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('./pages-client.ts', import.meta.url))],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    define: { 'process.env.NODE_ENV': '"production"' },
  });
  const code = outputFiles[0]!.text;
  const bus = new InMemoryEventBus();
  const engine = new MarkToMarketEngine({ bus, repository: new InMemoryPortfolioRepository() });
  await engine.start();
  const gateway = new Gateway({
    bus,
    values: engine,
    book: engine.book,
    authenticate: () => ({ subject: 'visitor' }),
    authorize: () => true,
    serve: ['price'],
    WebSocketServer,
    // The page asks for a thousand topics at once, again and again.
    limits: { authorizationsPerSecond: 100_000, openingsPerAddress: 1000 },
  });
  const live = nodeHandler(gateway);
  const server = createServer((request, response) => {
    if (request.url!.startsWith('/live')) return live(request, response);
    const isScript = request.url === '/page.js';
    response.writeHead(200, { 'content-type': isScript ? 'text/javascript' : 'text/html' });
    response.end(isScript ? code : '<!doctype html><script type="module" src="/page.js"></script>');
  });
  server.on('upgrade', (request, socket, head) => void gateway.upgrade(request, socket, head));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const now = Date.now();
  // One more than the list has, to look elsewhere.
  const updates = Array.from({ length: LIST + 1 }, (_, at) => ({
    symbol: `P${at}`,
    price: '7',
    timestamp: now,
  }));
  await bus.publish(PriceChangedBatch.ofUpdates(updates, now));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async close() {
      await gateway.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await engine.close();
      await bus.close();
    },
  };
}
