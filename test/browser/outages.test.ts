import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/core/random.js';
import { seed, size, sized } from '../sizes.js';
import { pause } from '../waiting.js';
import { BreakableSite, expectOnlyRises, OUTAGES, showDesk } from './breakable-site.js';
import { canUseChromium, launchChromium, openPage } from './chromium.js';
import { bundlePage } from './page-bundle.js';

/** Outages a run, of up to so many ms, in real time. `moved-clock.test.ts` has more and longer ones, with the clock of the page moved. */
const COUNT = sized({ quick: 2, gate: 2, full: OUTAGES.length });
const LONGEST_MS = 8000;
/** How long a page may take to say that it has lost the gateway. */
const TOLD_MS = sized({ quick: Infinity, gate: 30_000, full: 3000 });

describe.skipIf(!canUseChromium())('a page whose network breaks, and whose gateway is restarted', () => {
  let browser: Browser;
  let pages: Record<string, string>;
  let site: BreakableSite;
  let page: Page;

  beforeAll(async () => {
    pages = { vue: await bundlePage('values-vue.ts'), react: await bundlePage('values-react.tsx') };
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());

  beforeEach(async () => {
    site = await BreakableSite.start(pages);
    page = await openPage(browser);
  });
  afterEach(async () => {
    await page.close();
    await site.close();
  });

  it.each(['vue?ws', 'react'])(
    'says so, comes back, and shows exactly what the gateway has: %s',
    async (address) => {
      const random = seededRandom(seed + address.length);
      await site.tick();
      await page.goto(site.url(address));
      await showDesk(page);
      const has = (status: string) =>
        page.waitForFunction((text) => document.getElementById('status')!.textContent === text, status);
      await has('live');
      const ticking = setInterval(() => void site.tick(), 40);
      let longestMs = 0;
      for (let count = 0; count < COUNT; count++) {
        const shown = await page.evaluate(() => window.shown.length);
        await page.waitForFunction((before) => window.shown.length > before, shown);
        await pause(random() * 700);
        const outage = OUTAGES[count % OUTAGES.length]!;
        const began = performance.now();
        await site.break(outage);
        if (outage !== 'cut') {
          await has('reconnecting');
          const tookMs = performance.now() - began;
          longestMs = Math.max(longestMs, tookMs);
          await pause(random() * LONGEST_MS - tookMs);
        }
        await site.mend(outage);
        await has('live');
      }
      clearInterval(ticking);
      await site.tick();
      await page.waitForFunction(
        ({ rows, price }) =>
          document.getElementById('rows-desk')!.textContent === rows &&
          document.getElementById('price-A')!.textContent === price,
        { rows: site.rows, price: site.price },
      );
      if (size !== 'quick')
        console.info(`outages, ${address}: told after ${longestMs.toFixed(0)} ms at the longest`);
      expect(longestMs).toBeLessThan(TOLD_MS);
      await expectOnlyRises(page, COUNT);
    },
  );
});
