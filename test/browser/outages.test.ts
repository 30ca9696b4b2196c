import { isLong } from '../sizes.js';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/core/random.js';
import { BreakableSite, expectOnlyRises, OUTAGES, showDesk } from './breakable-site.js';
import { canUseChromium, launchChromium } from './chromium.js';
import { bundlePage } from './page-bundle.js';

const hasBrowser = canUseChromium();

/** Outages a run, of 0 to so many ms, in real time. `moved-clock.test.ts` has 200 of 0 to 60 s, with the clock of the page moved. */
const COUNT = isLong ? 4 : 2;
const LONGEST_MS = 8000;

describe.skipIf(!hasBrowser)('a page whose network breaks, and whose gateway is restarted', () => {
  let browser: Browser;
  let pages: Record<string, string>;
  let site: BreakableSite;
  let page: Page;

  beforeAll(async () => {
    pages = { vue: await bundlePage('values-vue.ts'), react: await bundlePage('values-react.tsx') };
    browser = await launchChromium();
  }, 60_000);
  afterAll(() => browser?.close());

  beforeEach(async () => {
    site = await BreakableSite.start(pages);
    page = await browser.newPage();
  });
  afterEach(async () => {
    await page.close();
    await site.close();
  });

  it.each(['vue?ws', 'react'])(
    'says so within 3 s, comes back, and shows exactly what the gateway has: %s',
    { timeout: 300_000 },
    async (address) => {
      const random = seededRandom(address.length);
      await site.tick();
      await page.goto(site.url(address));
      await showDesk(page);
      const isLive = () =>
        page.waitForFunction(() => document.getElementById('status')!.textContent === 'live');
      await isLive();
      const ticking = setInterval(() => void site.tick(), 40);
      let told = 0;
      for (let count = 0; count < COUNT; count++) {
        await page.waitForTimeout(300 + random() * 700);
        const outage = OUTAGES[count % OUTAGES.length]!;
        // The first two are long enough to be told; each kind is, in the long mode.
        const lengthMs = count < 2 ? 3000 : random() * LONGEST_MS;
        const began = performance.now();
        await site.break(outage);
        if (outage !== 'cut') {
          await page.waitForTimeout(Math.max(0, lengthMs - (performance.now() - began)));
          if (lengthMs >= 3000) {
            expect(await page.textContent('#status'), outage).toBe('reconnecting');
            told++;
          }
        }
        await site.mend(outage);
        await isLive();
      }
      clearInterval(ticking);
      await site.tick();
      await page.waitForFunction(
        ({ rows, price }) =>
          document.getElementById('rows-desk')!.textContent === rows &&
          document.getElementById('price-A')!.textContent === price,
        { rows: site.rows, price: site.price },
      );
      expect(told).toBeGreaterThan(1);
      await expectOnlyRises(page, COUNT);
    },
  );
});
