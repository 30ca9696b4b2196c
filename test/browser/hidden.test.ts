import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { size, sized } from '../sizes.js';
import { pause } from '../waiting.js';
import { canUseChromium, complaintsOf, heapOf, launchChromium, openPage } from './chromium.js';
import { LiveSite } from './live-site.js';
import { bundlePage } from './page-bundle.js';

const HIDDEN_MS = sized({ quick: 1500, gate: 4000, full: 20_000 });
/** How long the newest price may take to be shown when the page is seen again. */
const SHOWN_MS = sized({ quick: Infinity, gate: 10_000, full: 300 });
/** What the heap may have grown by. */
const HEAP_MIB = sized({ quick: Infinity, gate: 10, full: 2 });

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

describe.skipIf(!canUseChromium())('a hidden page', () => {
  let browser: Browser;
  let site: LiveSite;

  beforeAll(async () => {
    const pages = { vue: await bundlePage('values-vue.ts'), react: await bundlePage('values-react.tsx') };
    site = await LiveSite.start({ pages, gateway: { intervalMs: 10 } });
    browser = await launchChromium();
  });

  afterAll(async () => {
    await browser?.close();
    await site?.close();
  });

  it.each(['vue', 'vue?ws', 'react', 'react?ws'])(
    'does nothing, and shows the newest price as soon as it is seen again: %s',
    async (address) => {
      const page = await openPage(browser);
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
      await pause(HIDDEN_MS);
      clearInterval(ticking);
      expect(site.gateway.stats().opened).toBe(opened);
      expect(await page.evaluate(() => window.mutations)).toBe(0);
      const growth = Math.abs((await heapOf(page)) - heap) / 2 ** 20;
      expect(growth).toBeLessThan(HEAP_MIB);

      await page.evaluate(`(${tellHidden.toString()})(false); window.seenAt = performance.now()`);
      const took = await page.waitForFunction(
        (expected) =>
          document.getElementById('price-A')!.textContent === expected &&
          performance.now() - (window as unknown as { seenAt: number }).seenAt,
        String(price),
      );
      const tookMs = Number(await took.jsonValue());
      if (size !== 'quick')
        console.info(
          `hidden, ${address}: current ${tookMs.toFixed(1)} ms after it was seen again, heap ${growth.toFixed(1)} MiB`,
        );
      expect(tookMs).toBeLessThan(SHOWN_MS);
      expect(complaints).toEqual([]);
      await page.close();
    },
  );
});
