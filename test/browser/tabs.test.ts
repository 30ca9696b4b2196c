import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { HUNG_AFTER_MS } from '../waiting.js';
import { canUseChromium, complaintsOf, launchChromium, openPage } from './chromium.js';
import { LiveSite } from './live-site.js';
import { bundlePage } from './page-bundle.js';

/** Over HTTP/1.1 a browser has six connections to a host: one for each of these tabs would be too many. */
const TABS = 8;

describe.skipIf(!canUseChromium())('tabs of one browser that share a connection', () => {
  let browser: Browser;
  let context: BrowserContext;
  let site: LiveSite;
  let complaints: string[][];

  beforeAll(async () => {
    const pages = { vue: await bundlePage('values-vue.ts'), react: await bundlePage('values-react.tsx') };
    site = await LiveSite.start({ pages, gateway: { intervalMs: 10, heartbeatMs: HUNG_AFTER_MS } });
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await site?.close();
  });
  beforeEach(async () => {
    context = await browser.newContext();
    complaints = [];
  });
  afterEach(() => context.close());

  const open = async (index: number): Promise<Page> => {
    const page = await openPage(context);
    complaints.push(complaintsOf(page));
    await page.goto(site.url(`${index % 2 === 0 ? 'vue' : 'react'}?share`));
    await page.evaluate((symbol) => window.show(['price ALL', symbol]), `price T${index}`);
    return page;
  };
  const shows = (page: Page, texts: Record<string, string>) =>
    page.waitForFunction(
      (expected) =>
        Object.entries(expected).every(([id, text]) => document.getElementById(id)?.textContent === text),
      texts,
    );
  const all = async (pages: Page[], price: string): Promise<void> => {
    const own = Object.fromEntries(pages.map((_, index) => [`T${index}`, `${price}.${index + 1}`]));
    await site.prices({ ALL: price, ...own });
    await Promise.all(
      pages.map((page, index) =>
        shows(page, { 'price-ALL': price, [`price-T${index}`]: `${price}.${index + 1}`, status: 'live' }),
      ),
    );
  };

  it('are all live over it, also after the tab that opened it has been closed', async () => {
    const opened = site.gateway.stats().opened;
    const pages: Page[] = [];
    for (let index = 0; index < TABS; index++) pages.push(await open(index));
    await all(pages, '1');
    await all(pages, '2');
    expect(site.gateway.stats().connections).toBe(1);
    await expect.poll(() => site.gateway.stats().topics).toBeGreaterThan(TABS);

    const [first] = pages;
    await first!.close();
    const rest = pages.slice(1);
    await site.prices({ ALL: '3' });
    await Promise.all(rest.map((page) => shows(page, { 'price-ALL': '3', status: 'live' })));
    await expect.poll(() => site.gateway.stats().connections).toBe(1);
    expect(site.gateway.stats().opened).toBeGreaterThan(opened + 1);
    for (const page of rest) await page.close();
    await expect.poll(() => site.gateway.stats().connections).toBe(0);
    expect(complaints.flat()).toEqual([]);
  });
});
