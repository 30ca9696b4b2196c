import { isLong } from '../sizes.js';
import type { Browser, Page } from 'playwright-core';
import type { PortfolioInput } from 'tickmark';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/core/random.js';
import { canUseChromium, complaintsOf, launchChromium } from './chromium.js';
import { LiveSite } from './live-site.js';
import { bundlePage } from './page-bundle.js';

const hasBrowser = canUseChromium();

const BURSTS = isLong ? 1000 : 40;
const PORTFOLIOS = isLong ? 10_000 : 1000;
const ON_A_PAGE = 1000;
const MOUNTS = isLong ? 1000 : 100;
const symbols = Array.from({ length: 200 }, (_, index) => `S${index}`);

/** Texts of decimals from all over: tiny and huge, short and long, with zeros at the end. */
function randomPortfolios(count: number): PortfolioInput[] {
  const random = seededRandom(42);
  const whole = (below: number): number => Math.floor(random() * below);
  return Array.from({ length: count }, (_, index) => ({
    id: `p${index}`,
    currency: (['USD', 'JPY', 'KWD'] as const)[index % 3]!,
    positions: Array.from({ length: 1 + whole(3) }, (_, position) => ({
      symbol: symbols[(index * 7 + position * 31) % symbols.length]!,
      quantity: `${random() < 0.3 ? '-' : ''}${whole(10 ** (1 + whole(7)))}.${whole(1000)}`,
      averageCost: '1',
      currency: (['USD', 'JPY', 'KWD'] as const)[index % 3]!,
    })),
  }));
}

describe.skipIf(!hasBrowser)('a page in a browser', () => {
  let browser: Browser;
  let site: LiveSite;

  beforeAll(async () => {
    const pages = {
      vue: await bundlePage('values-vue.ts', 'development'),
      react: await bundlePage('values-react.tsx', 'development'),
    };
    site = await LiveSite.start({
      pages,
      portfolios: randomPortfolios(PORTFOLIOS),
      // What is no longer shown lingers for a moment, and counts until then.
      gateway: { intervalMs: 10, limits: { topics: 2 * PORTFOLIOS, topicsPerAddress: 4 * PORTFOLIOS } },
    });
    await site.prices(
      Object.fromEntries(symbols.map((symbol, index) => [symbol, `${index * 97}.${index}5`])),
    );
    browser = await launchChromium();
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    await site?.close();
  });

  const open = async (address: string): Promise<{ page: Page; complaints: string[] }> => {
    const page = await browser.newPage();
    const complaints = complaintsOf(page);
    await page.goto(site.url(address));
    return { page, complaints };
  };
  const show = (page: Page, names: readonly string[]) => page.evaluate((each) => window.show(each), names);
  const shows = (page: Page, texts: Record<string, string>) =>
    page.waitForFunction(
      (expected) =>
        Object.entries(expected).every(([id, text]) => document.getElementById(id)?.textContent === text),
      texts,
      { timeout: 30_000 },
    );

  it.each(['vue', 'react'])(
    'shows the last value of each burst, in %s',
    { timeout: 300_000 },
    async (framework) => {
      const { page, complaints } = await open(framework);
      await show(page, ['price BURST']);
      const random = seededRandom(7);
      let price = 1000;
      for (let burst = 0; burst < BURSTS; burst++) {
        const length = 1 + Math.floor(random() * 500);
        for (let update = 0; update < length; update++) await site.prices({ BURST: String(++price) });
        await shows(page, { 'price-BURST': String(price) });
      }
      expect(complaints).toEqual([]);
      await page.close();
    },
  );

  it.each(['vue', 'react'])(
    'shows totals digit for digit, in %s',
    { timeout: 300_000 },
    async (framework) => {
      const { page, complaints } = await open(`${framework}?ws`);
      let digits = 0;
      for (let first = 0; first < PORTFOLIOS; first += ON_A_PAGE) {
        const ids = Array.from({ length: ON_A_PAGE }, (_, index) => `p${first + index}`);
        const totals = ids.map((id) => site.engine.value(id)!.metrics.marketValue!.toString());
        await show(
          page,
          ids.map((id) => `portfolio ${id}`),
        );
        await page.waitForFunction(
          () => ![...document.querySelectorAll('li')].some(({ textContent }) => textContent === 'loading'),
          undefined,
          { timeout: 60_000 },
        );
        const texts = await page.$$eval('li', (items) => items.map(({ textContent }) => textContent!));
        expect(texts.map((text) => text.replaceAll(',', ''))).toEqual(totals);
        digits = Math.max(digits, ...totals.map(({ length }) => length));
      }
      expect(digits).toBeGreaterThan(14);
      expect(complaints).toEqual([]);
      await page.close();
    },
  );

  it.each(['vue', 'react'])(
    'has one connection, and after components have come and gone none, in %s',
    { timeout: 120_000 },
    async (framework) => {
      const { page, complaints } = await open(`${framework}?ws`);
      const opened = site.gateway.stats().opened;
      let most = 0;
      const watch = setInterval(() => (most = Math.max(most, site.gateway.stats().connections)), 5);
      await page.evaluate(async (mounts) => {
        const names = Array.from(
          { length: 40 },
          (_, index) => `${['price S', 'portfolio p', 'rows p'][index % 3]}${index}`,
        );
        let seed = 1;
        const random = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below;
        const shown = new Set<string>(['price S0']);
        for (let count = 0; count < mounts; count++) {
          const name = names[random(names.length)]!;
          if (!shown.delete(name)) shown.add(name);
          window.show([...shown]);
          if (random(3) === 0) await new Promise((resolve) => setTimeout(resolve, random(20)));
          else await new Promise((resolve) => requestAnimationFrame(resolve));
        }
        window.show([...new Set([...shown, 'price S1'])]);
      }, MOUNTS);
      await page.waitForFunction(() => document.getElementById('status')!.textContent === 'live');
      clearInterval(watch);
      expect(site.gateway.stats().opened - opened).toBe(1);
      expect(most).toBe(1);
      await show(page, []);
      await expect.poll(() => site.gateway.stats().connections, { timeout: isLong ? 1000 : 10_000 }).toBe(0);
      expect(complaints).toEqual([]);
      await page.close();
    },
  );
});
