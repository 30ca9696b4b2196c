import type { Browser, Page } from 'playwright-core';
import type { PortfolioInput } from 'tickmark';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/core/random.js';
import { seed, size, sized } from '../sizes.js';
import { HUNG_AFTER_MS, until } from '../waiting.js';
import { canUseChromium, complaintsOf, launchChromium, openPage } from './chromium.js';
import { LiveSite } from './live-site.js';
import { bundlePage } from './page-bundle.js';

const BURSTS = sized({ quick: 40, gate: 100, full: 1000 });
const PORTFOLIOS = sized({ quick: 1000, gate: 3000, full: 10_000 });
const ON_A_PAGE = 1000;
const MOUNTS = sized({ quick: 100, gate: 300, full: 1000 });
/** How long the connection of a page may stay that shows nothing any more. */
const CLOSED_MS = sized({ quick: Infinity, gate: 10_000, full: 1000 });
const symbols = Array.from({ length: 200 }, (_, index) => `S${index}`);

/** Portfolios whose totals are tiny and huge, short and long, and end with zeros. */
function randomPortfolios(count: number): PortfolioInput[] {
  const random = seededRandom(seed);
  const whole = (below: number): number => Math.floor(random() * below);
  return Array.from({ length: count }, (_, index) => ({
    id: `p${index}`,
    currency: (['USD', 'JPY', 'KWD'] as const)[index % 3]!,
    positions: Array.from({ length: 1 + whole(3) }, (_, position) => ({
      symbol: symbols[(index * 7 + position * 31) % symbols.length]!,
      quantity: `${random() < 0.3 ? '-' : ''}${whole(10 ** (1 + whole(7)))}.${whole(1000)}1`,
      averageCost: '1',
      currency: (['USD', 'JPY', 'KWD'] as const)[index % 3]!,
    })),
  }));
}

describe.skipIf(!canUseChromium())('a page in a browser', () => {
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
      gateway: {
        intervalMs: 10,
        heartbeatMs: HUNG_AFTER_MS,
        limits: { topics: 2 * PORTFOLIOS, topicsPerAddress: 4 * PORTFOLIOS },
      },
    });
    await site.prices(
      Object.fromEntries(symbols.map((symbol, index) => [symbol, `${index * 97}.${index}5`])),
    );
    browser = await launchChromium();
  });

  afterAll(async () => {
    await browser?.close();
    await site?.close();
  });

  const open = async (address: string): Promise<{ page: Page; complaints: string[] }> => {
    const page = await openPage(browser);
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
    );

  it.each(['vue', 'react'])('shows the last price of each burst, in %s', async (framework) => {
    const { page, complaints } = await open(framework);
    await show(page, ['price BURST']);
    const random = seededRandom(seed);
    let price = 1000;
    for (let burst = 0; burst < BURSTS; burst++) {
      const length = 1 + Math.floor(random() * 500);
      for (let update = 0; update < length; update++) await site.prices({ BURST: String(++price) });
      await shows(page, { 'price-BURST': String(price) });
    }
    expect(complaints).toEqual([]);
    await page.close();
  });

  it.each(['vue', 'react'])('shows totals digit for digit, in %s', async (framework) => {
    const { page, complaints } = await open(`${framework}?ws`);
    let digits = 0;
    for (let first = 0; first < PORTFOLIOS; first += ON_A_PAGE) {
      const ids = Array.from({ length: ON_A_PAGE }, (_, index) => `p${first + index}`);
      const totals = ids.map((id) => site.engine.value(id)!.marketValue!.toString());
      await show(
        page,
        ids.map((id) => `portfolio ${id}`),
      );
      await page.waitForFunction(
        () => ![...document.querySelectorAll('li')].some(({ textContent }) => textContent === 'loading'),
      );
      const texts = await page.$$eval('li', (items) => items.map(({ textContent }) => textContent!));
      expect(texts.map((text) => text.replaceAll(',', ''))).toEqual(totals);
      digits = Math.max(digits, ...totals.map(({ length }) => length));
    }
    expect(digits).toBeGreaterThan(14);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it.each(['vue', 'react'])(
    'has one connection while components come and go, and none after the last one, in %s',
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
      const tookMs = await until('the connection is closed', () => site.gateway.stats().connections === 0);
      if (size !== 'quick')
        console.info(`values, ${framework}: connection closed after ${tookMs.toFixed(0)} ms`);
      expect(tookMs).toBeLessThan(CLOSED_MS);
      expect(complaints).toEqual([]);
      await page.close();
    },
  );
});
