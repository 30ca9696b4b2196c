import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/core/random.js';
import { tcpProxy, type TcpProxy } from '../servers/tcp-proxy.js';
import { chromiumOrSkip, launchChromium } from './chromium.js';
import { LiveSite } from './live-site.js';
import { bundlePage } from './page-bundle.js';

const hasBrowser = chromiumOrSkip();
const isLong = process.env.TICKMARK_LONG === '1';
/** Outages a run, of 0 to so many ms, in real time. `moved-clock.test.ts` has 200 of 0 to 60 s, with the clock of the page moved. */
const OUTAGES = isLong ? 4 : 2;
const LONGEST_MS = 8000;
const ADDRESSES = ['vue?ws', 'react'];

describe.skipIf(!hasBrowser)('a page whose network breaks, and whose gateway is restarted', () => {
  let browser: Browser;
  let pages: Record<string, string>;
  let site: LiveSite;
  let proxy: TcpProxy;
  let page: Page;

  beforeAll(async () => {
    pages = { vue: await bundlePage('values-vue.ts'), react: await bundlePage('values-react.tsx') };
    browser = await launchChromium();
  }, 60_000);
  afterAll(() => browser?.close());

  beforeEach(async () => {
    const held = { currency: 'USD', averageCost: '1' };
    const positions = ['A', 'B', 'C'].map((symbol, index) => ({
      symbol,
      quantity: `${index + 1}.5`,
      ...held,
    }));
    site = await LiveSite.start({
      pages,
      portfolios: [{ id: 'desk', currency: 'USD', positions }],
    });
    proxy = await tcpProxy({ host: '127.0.0.1', port: site.port });
    await site.allow(new URL(site.url('', proxy.port)).origin);
    page = await browser.newPage();
  });
  afterEach(async () => {
    await page.close();
    await proxy.close();
    await site.close();
  });

  const status = () => page.textContent('#status');

  it.each(ADDRESSES)(
    'says so within 3 s, comes back, and shows exactly what the gateway has: %s',
    { timeout: 300_000 },
    async (address) => {
      const random = seededRandom(address.length);
      let cents = 10_000;
      const tick = () => site.prices({ A: `${++cents / 100}`, B: `${cents / 200}`, C: `${cents / 50}` });
      await tick();
      await page.goto(site.url(address, proxy.port));
      await page.evaluate(() => {
        window.show(['rows desk', 'price A']);
        // Everything that is ever shown, in order.
        const shown: string[] = (window.shown = []);
        new MutationObserver(() => {
          const text = document.getElementById('rows-desk')?.textContent ?? '';
          if (/^\d/.test(text) && shown.at(-1) !== text) shown.push(text);
        }).observe(document.body, { subtree: true, childList: true, characterData: true });
      });
      const isLive = () =>
        page.waitForFunction(() => document.getElementById('status')!.textContent === 'live');
      await isLive();
      const ticking = setInterval(() => void tick(), 40);
      let told = 0;
      for (let outage = 0; outage < OUTAGES; outage++) {
        await page.waitForTimeout(300 + random() * 700);
        const kind = (['silent', 'restart', 'refuse', 'cut'] as const)[outage % 4]!;
        // The first two are long enough to be told; each kind is, in the long mode.
        const lengthMs = outage < 2 ? 3000 : random() * LONGEST_MS;
        const began = performance.now();
        if (kind === 'silent') proxy.hold();
        else if (kind === 'restart') await site.down();
        else {
          if (kind === 'refuse') await proxy.refuse();
          proxy.cut();
        }
        if (kind !== 'cut') {
          await page.waitForTimeout(Math.max(0, lengthMs - (performance.now() - began)));
          if (lengthMs >= 3000) {
            expect(await status(), kind).toBe('reconnecting');
            told++;
          }
        }
        if (kind === 'silent') proxy.resume();
        else if (kind === 'restart') await site.up();
        else await proxy.accept();
        await isLive();
      }
      clearInterval(ticking);
      await tick();
      const { metrics, positions } = site.engine.value('desk')!;
      const values = [metrics.marketValue, ...positions.map(({ marketValue }) => marketValue)];
      const expected = { rows: values.join(' '), price: String(cents / 100) };
      await page.waitForFunction(
        ({ rows, price }) =>
          document.getElementById('rows-desk')!.textContent === rows &&
          document.getElementById('price-A')!.textContent === price,
        expected,
      );
      const shown = await page.evaluate(() => window.shown);
      expect(told).toBeGreaterThan(1);
      // Prices only rise: a value that came late, or twice, would show. And each row belongs to its total.
      const totals = shown.map((text) => text.split(' ').map(Number));
      totals.forEach(([total, ...rows], index) => {
        if (index > 0) expect(total).toBeGreaterThan(totals[index - 1]![0]!);
        expect(rows.reduce((sum, row) => sum + row, 0)).toBeCloseTo(total!, 6);
      });
      expect(totals.length).toBeGreaterThan(OUTAGES);
    },
  );
});

declare global {
  interface Window {
    shown: string[];
  }
}
