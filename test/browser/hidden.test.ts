import { isLong } from '../sizes.js';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canUseChromium, complaintsOf, heapOf, launchChromium } from './chromium.js';
import { LiveSite } from './live-site.js';
import { bundlePage } from './page-bundle.js';

const hasBrowser = canUseChromium();

const HIDDEN_MS = isLong ? 20_000 : 1500;

/**
 * A browser without a window takes every page for one that is seen, so the page is told otherwise: what it asks (the state, the
 * event) and what it gets (no frames) are as in a hidden tab.
 */
function tellHidden(isHidden: boolean): void {
  const frames: FrameRequestCallback[] = (window.heldFrames ??= []);
  window.paint ??= window.requestAnimationFrame.bind(window);
  Object.defineProperty(document, 'visibilityState', {
    configurable: true,
    get: () => (isHidden ? 'hidden' : 'visible'),
  });
  window.requestAnimationFrame = isHidden ? (callback) => frames.push(callback) : window.paint;
  if (!isHidden) for (const callback of frames.splice(0)) window.paint(callback);
  document.dispatchEvent(new Event('visibilitychange'));
}

declare global {
  interface Window {
    heldFrames?: FrameRequestCallback[];
    paint?: (callback: FrameRequestCallback) => number;
    mutations: number;
  }
}

describe.skipIf(!hasBrowser)('a hidden page', () => {
  let browser: Browser;
  let site: LiveSite;

  beforeAll(async () => {
    const pages = { vue: await bundlePage('values-vue.ts'), react: await bundlePage('values-react.tsx') };
    site = await LiveSite.start({ pages, gateway: { intervalMs: 10 } });
    browser = await launchChromium();
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    await site?.close();
  });

  it.each(['vue', 'vue?ws', 'react', 'react?ws'])(
    'does nothing, and is current at once: %s',
    async (address) => {
      const page = await browser.newPage();
      const complaints = complaintsOf(page);
      await page.goto(site.url(`${address}${address.includes('?') ? '&' : '?'}grace`));
      let price = 100;
      await site.prices({ A: String(price) });
      await page.evaluate(() => window.show(['price A']));
      await page.waitForFunction(() => document.getElementById('price-A')?.textContent === '100');
      await page.evaluate(() => {
        window.mutations = 0;
        const seen = new MutationObserver(() => void window.mutations++);
        seen.observe(document.body, { subtree: true, childList: true, characterData: true });
      });

      await page.evaluate(tellHidden, true);
      await expect.poll(() => site.gateway.stats().connections).toBe(0);
      const opened = site.gateway.stats().opened;
      const heap = await heapOf(page);
      const ticking = setInterval(() => void site.prices({ A: String(++price) }), 5);
      await page.waitForTimeout(HIDDEN_MS);
      clearInterval(ticking);
      expect(site.gateway.stats().opened).toBe(opened);
      expect(await page.evaluate(() => window.mutations)).toBe(0);
      if (isLong) expect(Math.abs((await heapOf(page)) - heap) / 2 ** 20).toBeLessThan(2);

      await page.evaluate(`(${tellHidden.toString()})(false); window.seenAt = performance.now()`);
      const took = await page.waitForFunction(
        (expected) =>
          document.getElementById('price-A')!.textContent === expected &&
          performance.now() - (window as unknown as { seenAt: number }).seenAt,
        String(price),
      );
      // Only judged where the test has the machine to itself.
      if (isLong) expect(await took.jsonValue()).toBeLessThan(300);
      expect(complaints).toEqual([]);
      await page.close();
    },
  );
});
