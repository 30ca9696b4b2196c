import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { size, sized } from '../sizes.js';
import { pause } from '../waiting.js';
import { canUseChromium, complaintsOf, heapOf, launchChromium, openPage, throttle } from './chromium.js';
import { LiveSite } from './live-site.js';
import { bundlePage } from './page-bundle.js';
import { traceScripts } from './script-tasks.js';

const SECONDS = sized({ quick: 2, gate: 5, full: 30 });
const WARM_UP_MS = sized({ quick: 500, full: 3000 });
const ROWS = 1000;
const UPDATES_PER_SECOND = sized({ quick: 1000, full: 5000 });
/** The longest task, and the 99th percentiles of tasks and commits: strict where the test has the machine to itself. */
const TASK_MS = sized({ quick: Infinity, gate: 500, full: 50 });
/** What the heap may have grown by. */
const HEAP_MIB = sized({ quick: Infinity, gate: 10, full: 2 });
const TICK_MS = 10;
const symbols = Array.from({ length: ROWS }, (_, index) => `S${String(index).padStart(4, '0')}`);

/** Prices that go up and down, so many a second. */
class Market {
  readonly #cents = new Map(symbols.map((symbol) => [symbol, 10_000]));
  #next = 0;
  #updates = 0;
  #timer: NodeJS.Timeout | undefined;

  /** The last price of each symbol. */
  get prices(): Record<string, string> {
    return Object.fromEntries([...this.#cents].map(([symbol, cents]) => [symbol, String(cents / 100)]));
  }

  get updates(): number {
    return this.#updates;
  }

  start(site: LiveSite): void {
    const began = performance.now();
    this.#updates = 0;
    this.#timer = setInterval(() => {
      const changed: Record<string, string> = {};
      // Whatever the pace of the timer is.
      const due = ((performance.now() - began) / 1000) * UPDATES_PER_SECOND;
      for (; this.#updates < due; this.#updates++) {
        const symbol = symbols[this.#next]!;
        const cents = this.#cents.get(symbol)! + (this.#updates % 3 === 0 ? -1 : 1);
        this.#cents.set(symbol, cents);
        changed[symbol] = String(cents / 100);
        this.#next = (this.#next + 7) % ROWS;
      }
      void site.prices(changed);
    }, TICK_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

function percentiles(times: readonly number[]): { readonly p99: number; readonly longest: number } {
  const sorted = [...times].sort((a, b) => a - b);
  return { p99: sorted[Math.floor(sorted.length * 0.99)] ?? 0, longest: sorted.at(-1) ?? 0 };
}

describe.skipIf(!canUseChromium())(`${UPDATES_PER_SECOND} updates a second over ${ROWS} rows`, () => {
  let browser: Browser;
  let site: LiveSite;

  beforeAll(async () => {
    const pages = { vue: await bundlePage('rows-vue.ts'), react: await bundlePage('rows-react.tsx') };
    const positions = symbols.slice(0, 10).map((symbol) => ({ symbol, quantity: 10, averageCost: 100 }));
    site = await LiveSite.start({
      pages,
      portfolios: [{ id: 'desk', currency: 'USD', positions }],
      gateway: { intervalMs: TICK_MS, limits: { topics: ROWS + 10 } },
    });
    browser = await launchChromium();
  });

  afterAll(async () => {
    await browser?.close();
    await site?.close();
  });

  it.each(['vue', 'react'])(
    'render each changed row once, with one commit a frame, in %s',
    async (framework) => {
      const market = new Market();
      await site.prices(market.prices);
      const page = await openPage(browser);
      const complaints = complaintsOf(page);
      await page.goto(`${site.url(framework)}?ws`);
      const shows = (prices: Record<string, string>) =>
        page.waitForFunction(
          (expected) =>
            [...document.querySelectorAll('.row')].every(
              (row) => row.querySelector('.price')!.textContent === expected[row.id],
            ),
          prices,
          { polling: 200 },
        );
      await shows(market.prices);

      await throttle(page, 4);
      market.start(site);
      await pause(WARM_UP_MS);
      const heapBefore = await heapOf(page);
      await page.evaluate(() => window.measured.reset());
      const endTrace = await traceScripts(browser);
      await pause(SECONDS * 1000);
      await page.waitForFunction(() => window.measured.read().commits > 0);
      const tasks = await endTrace();
      const measured = await page.evaluate(() => window.measured.read());
      const heapAfter = await heapOf(page);
      market.stop();
      await throttle(page, 1);
      // The last value of each row, in the end.
      await shows(market.prices);

      const scripts = percentiles(tasks.map(({ threadMs }) => threadMs));
      const ours = percentiles(tasks.map(({ threadMs, collectorMs }) => threadMs - collectorMs));
      // Callbacks of frames without a commit take no time.
      const commits = percentiles(measured.callbackMs.filter((ms) => ms > 0.2));
      const heapGrowth = (heapAfter - heapBefore) / 2 ** 20;
      if (size !== 'quick')
        console.info(
          `${framework}: ${market.updates} updates, ${measured.commits} commits in ${measured.frames} frames, ` +
            `${measured.rowsChanged} rows changed, commit p99 ${commits.p99.toFixed(1)} ms, longest ${commits.longest.toFixed(1)} ms, ` +
            `with rendering p99 ${scripts.p99.toFixed(1)} ms, longest ${scripts.longest.toFixed(1)} ms, ` +
            `${ours.longest.toFixed(1)} ms without the garbage collector, heap ${heapGrowth.toFixed(1)} MiB`,
        );
      expect(measured.commits).toBeGreaterThan(0);
      expect(measured.mostCommitsInAFrame).toBe(1);
      expect(measured.rowsRendered).toBe(measured.rowsChanged);
      expect(complaints).toEqual([]);
      // Rendering by the framework included. Time of the thread, since other processes share the processor; and the longest without
      // the collector of the browser, which stops the page for as long as it likes.
      expect(ours.longest).toBeLessThan(TASK_MS);
      expect(commits.p99).toBeLessThan(TASK_MS);
      expect(scripts.p99).toBeLessThan(TASK_MS);
      expect(heapGrowth).toBeLessThan(HEAP_MIB);
      await page.close();
    },
  );
});
