import { isLong } from '../sizes.js';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canUseChromium, complaintsOf, heapOf, launchChromium, throttle } from './chromium.js';
import { LiveSite } from './live-site.js';
import { bundlePage } from './page-bundle.js';
import { traceScripts } from './script-tasks.js';

const hasBrowser = canUseChromium();
// Times are only judged where the test has the machine to itself: in the long mode, which CI runs as a step of its own.

const SECONDS = isLong ? 30 : 2;
const WARM_UP_MS = isLong ? 3000 : 500;
const ROWS = 1000;
const UPDATES_PER_SECOND = isLong ? 5000 : 1000;
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

describe.skipIf(!hasBrowser)(`${UPDATES_PER_SECOND} updates a second over ${ROWS} rows`, () => {
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
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    await site?.close();
  });

  it.each(['vue', 'react'])('in %s', { timeout: 180_000 }, async (framework) => {
    const market = new Market();
    await site.prices(market.prices);
    const page = await browser.newPage();
    const complaints = complaintsOf(page);
    await page.goto(`${site.url(framework)}?ws`);
    const shows = (prices: Record<string, string>) =>
      page.waitForFunction(
        (expected) =>
          [...document.querySelectorAll('.row')].every(
            (row) => row.querySelector('.price')!.textContent === expected[row.id],
          ),
        prices,
        { polling: 200, timeout: 60_000 },
      );
    await shows(market.prices);

    await throttle(page, 4);
    market.start(site);
    await page.waitForTimeout(WARM_UP_MS);
    const heapBefore = isLong ? await heapOf(page) : 0;
    await page.evaluate(() => window.measured.reset());
    const endTrace = await traceScripts(browser);
    await page.waitForTimeout(SECONDS * 1000);
    const tasks = await endTrace();
    const measured = await page.evaluate(() => window.measured.read());
    const heapAfter = isLong ? await heapOf(page) : 0;
    market.stop();
    await throttle(page, 1);
    // The last value of each row, in the end.
    await shows(market.prices);

    const scripts = percentiles(tasks.map(({ threadMs }) => threadMs));
    const ours = percentiles(tasks.map(({ threadMs, collectorMs }) => threadMs - collectorMs));
    // Callbacks of frames without a commit take no time.
    const commits = percentiles(measured.callbackMs.filter((ms) => ms > 0.2));
    const heapGrowth = (heapAfter - heapBefore) / 2 ** 20;
    process.stderr.write(
      `${framework}: ${market.updates} updates, ${measured.commits} commits in ${measured.frames} frames, ` +
        `${measured.rowsChanged} rows changed, commit p99 ${commits.p99.toFixed(1)} ms, longest ${commits.longest.toFixed(1)} ms, ` +
        `with rendering p99 ${scripts.p99.toFixed(1)} ms, longest ${scripts.longest.toFixed(1)} ms, ` +
        `${ours.longest.toFixed(1)} ms without the garbage collector, heap ${heapGrowth.toFixed(1)} MiB\n`,
    );
    expect(measured.commits).toBeGreaterThan(0);
    expect(measured.mostCommitsInAFrame).toBe(1);
    expect(measured.rowsRendered).toBe(measured.rowsChanged);
    expect(complaints).toEqual([]);
    if (isLong) {
      // No task of more than 50 ms, rendering by the framework included. Time of the thread, since other processes share the
      // processor; and without the collector of the browser, which stops the page for as long as it likes.
      expect(ours.longest).toBeLessThan(50);
      expect(commits.p99).toBeLessThan(50);
      expect(scripts.p99).toBeLessThan(50);
      expect(heapGrowth).toBeLessThan(2);
    }
    await page.close();
  });
});
