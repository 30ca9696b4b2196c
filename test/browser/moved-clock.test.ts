import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/core/random.js';
import { tcpProxy } from '../servers/tcp-proxy.js';
import { chromiumOrSkip, launchChromium } from './chromium.js';
import { LiveSite } from './live-site.js';
import { bundlePage } from './page-bundle.js';

const hasBrowser = chromiumOrSkip();
/** Outages of each page: 200 in all in the long mode. */
const OUTAGES = process.env.TICKMARK_LONG === '1' ? 100 : 5;
const LONGEST_MS = 60_000;
/** How long a page may take to be live again, on its own clock: the longest wait between two tries, and an answer. */
const BACK_MS = 40_000;
const DESK = {
  id: 'desk',
  currency: 'USD',
  positions: ['A', 'B', 'C'].map((symbol, index) => ({
    symbol,
    quantity: `${index + 1}.5`,
    averageCost: '1',
  })),
};

/** A page whose clock the test moves, while its network and everything behind it are real. */
class SlowPage {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  async open(address: string): Promise<void> {
    await this.#page.clock.install();
    await this.#page.goto(address);
    await this.#page.clock.pauseAt(Date.now() + 1000);
  }

  /** Lets time pass on the page, in steps between which what has come from the network is taken. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 500) await this.#page.clock.runFor(Math.min(500, left));
  }

  text(id: string): Promise<string> {
    return this.#page.evaluate((each) => document.getElementById(each)?.textContent ?? '', id);
  }

  /** Waits for a text. @returns how long that took on the clock of the page, ms. */
  async until(id: string, expected: () => string, limitMs: number): Promise<number> {
    const STEP_MS = 50;
    for (let passed = 0; passed <= limitMs; passed += STEP_MS) {
      if ((await this.text(id)) === expected()) return passed;
      await this.#page.clock.runFor(STEP_MS);
    }
    throw new Error(`#${id} is ${await this.text(id)}, not ${expected()}, after ${limitMs} ms.`);
  }
}

describe.skipIf(!hasBrowser)('a page whose network is away for up to a minute', () => {
  let browser: Browser;
  let pages: Record<string, string>;

  beforeAll(async () => {
    pages = { vue: await bundlePage('values-vue.ts'), react: await bundlePage('values-react.tsx') };
    browser = await launchChromium();
  }, 60_000);
  afterAll(() => browser?.close());

  it.each(['vue', 'react?ws'])(
    `says so within 3 s, and shows exactly what the gateway has: ${OUTAGES} times, in %s`,
    { timeout: 300_000 },
    async (address) => {
      const site = await LiveSite.start({ pages, portfolios: [DESK] });
      const proxy = await tcpProxy({ host: '127.0.0.1', port: site.port });
      await site.allow(new URL(site.url('', proxy.port)).origin);
      const tab = await browser.newPage();
      const page = new SlowPage(tab);
      const random = seededRandom(address.length);
      let cents = 10_000;
      const tick = () => site.prices({ A: `${++cents / 100}`, B: `${cents / 200}`, C: `${cents / 50}` });
      const values = () => {
        const { metrics, positions } = site.engine.value('desk')!;
        return [metrics.marketValue, ...positions.map(({ marketValue }) => marketValue)].join(' ');
      };
      await tick();
      await page.open(site.url(address, proxy.port));
      await tab.evaluate(() => {
        window.show(['rows desk', 'price A']);
        const shown: string[] = (window.shown = []);
        new MutationObserver(() => {
          const text = document.getElementById('rows-desk')?.textContent ?? '';
          if (/^\d/.test(text) && shown.at(-1) !== text) shown.push(text);
        }).observe(document.body, { subtree: true, childList: true, characterData: true });
      });
      await page.until('status', () => 'live', BACK_MS);
      let told = 0;
      for (let outage = 0; outage < OUTAGES; outage++) {
        await tick();
        await page.until('rows-desk', values, 2000);
        const kind = (['silent', 'restart', 'refuse', 'cut'] as const)[outage % 4]!;
        const lengthMs = random() * LONGEST_MS;
        if (kind === 'silent') proxy.hold();
        else if (kind === 'restart') await site.down();
        else {
          if (kind === 'refuse') await proxy.refuse();
          proxy.cut();
        }
        await page.pass(Math.min(lengthMs, 3000));
        if (kind !== 'cut' && lengthMs >= 3000) {
          expect(await page.text('status'), kind).toBe('reconnecting');
          told++;
        }
        await tick();
        await page.pass(Math.max(0, lengthMs - 3000));
        if (kind === 'silent') proxy.resume();
        else if (kind === 'restart') await site.up();
        else if (kind === 'refuse') await proxy.accept();
        await page.until('status', () => 'live', BACK_MS);
        await page.until('rows-desk', values, 2000);
        expect(await page.text('price-A')).toBe(String(cents / 100));
      }
      expect(told).toBeGreaterThan(OUTAGES / 2);
      // Prices only rise: a value that came late, or twice, would show. And each row belongs to its total.
      const totals = (await tab.evaluate(() => window.shown)).map((text) => text.split(' ').map(Number));
      totals.forEach(([total, ...rows], index) => {
        if (index > 0) expect(total).toBeGreaterThan(totals[index - 1]![0]!);
        expect(rows.reduce((sum, row) => sum + row, 0)).toBeCloseTo(total!, 6);
      });
      expect(totals.length).toBeGreaterThan(OUTAGES);
      await tab.close();
      await proxy.close();
      await site.close();
    },
  );
});
