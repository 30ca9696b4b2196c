import { selectors, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import type { PortfolioInput } from 'tickmark';
import { tokyo, usEquities, type TradingCalendar } from 'tickmark/calendars';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { canUseChromium, complaintsOf, launchChromium, openPage } from './chromium.js';
import { DemoSite } from './demo-site.js';

const cost = (symbol: string, quantity: number | string, averageCost = '10') =>
  ({ symbol, quantity, averageCost, currency: 'USD' }) as const;
const DESK: PortfolioInput = {
  id: 'desk',
  currency: 'USD',
  positions: [cost('A', 1), cost('B', 1), cost('C', -1)],
};
const FUND: PortfolioInput = { id: 'fund', currency: 'USD', positions: [cost('A', 10)] };
const PHONE = { viewport: { width: 320, height: 640 } };

/** Texts that are not seen in whole, and what can be scrolled sideways. */
function cutTexts(): string[] {
  const cut: string[] = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let text = texts.nextNode() as Text | null; text; text = texts.nextNode() as Text | null) {
    const element = text.parentElement!;
    if (!text.data.trim() || element.closest('.visually-hidden, .skip, thead, noscript, script')) continue;
    const range = document.createRange();
    range.selectNodeContents(text);
    for (const { left, right } of range.getClientRects()) {
      const panel = element.closest('.panel, header')?.getBoundingClientRect();
      const [from, to] = panel ? [panel.left, panel.right] : [0, innerWidth];
      if (left < Math.max(from, 0) - 0.5 || right > Math.min(to, innerWidth) + 0.5)
        cut.push(text.data.trim());
    }
  }
  for (const each of document.querySelectorAll('*'))
    if (each.scrollWidth > each.clientWidth + 1 && getComputedStyle(each).overflowX === 'auto')
      cut.push(`${each.className} scrolls`);
  return cut;
}

/** Puts other nodes in the place of all texts, as translators of browsers do. */
function translate(): void {
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found: Text[] = [];
  for (let text = texts.nextNode() as Text | null; text; text = texts.nextNode() as Text | null)
    if (text.data.trim()) found.push(text);
  for (const text of found) {
    const font = document.createElement('font');
    font.textContent = `[${text.data}]`;
    text.replaceWith(font);
  }
}

/** A browser without a window takes every page for one that is seen, so the page is told otherwise. */
function hide(): void {
  Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => 'hidden' });
  document.dispatchEvent(new Event('visibilitychange'));
}

/** As where cookies are blocked: what a page would keep or share is refused. */
function refuseStorage(how: 'at once' | 'when used'): void {
  const refuse = (): never => {
    throw new DOMException('Access is denied for this document.', 'SecurityError');
  };
  for (const name of ['localStorage', 'sessionStorage', 'indexedDB', 'caches'])
    Object.defineProperty(window, name, { get: refuse });
  Object.defineProperty(window, 'BroadcastChannel', { value: refuse });
  const locks = { request: () => Promise.reject(new DOMException('Access is denied.', 'SecurityError')) };
  Object.defineProperty(navigator, 'locks', { get: how === 'at once' ? refuse : () => locks });
}

describe.skipIf(!canUseChromium())('the dashboard', () => {
  let browser: Browser;
  let site: DemoSite;

  beforeAll(async () => {
    selectors.setTestIdAttribute('data-test');
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());
  beforeEach(async () => {
    site = await DemoSite.start([DESK, FUND]);
  });
  afterEach(() => site?.close());

  /** Opens a page once all prices have come. */
  async function open(hash = '', options: BrowserContextOptions = {}): Promise<Page> {
    const page = await openPage(browser, { locale: 'en-GB', reducedMotion: 'reduce', ...options });
    await page.goto(`${site.url}/${hash}`);
    await page.locator('.card-value').first().waitFor();
    return page;
  }
  async function openPriced(hash = '', options: BrowserContextOptions = {}): Promise<Page> {
    site.prices({ A: '100', B: '50', C: '20' });
    const page = await open(hash, options);
    await worth(page, hash === '#fund' ? '1,000' : '130');
    return page;
  }
  const headline = (page: Page) => page.getByTestId('market-value').locator('.flash');
  const title = (page: Page) => page.locator('article h1');
  const worth = (page: Page, value: string) =>
    expect.poll(() => headline(page).textContent()).toMatch(new RegExp(`^${value}(\\.00)?$`));
  const chart = (page: Page) => page.locator('.plot').getAttribute('aria-label');

  describe('and its address', () => {
    it.each(['#100%', '#%E0%A4%A', '#nobody'])(
      'shows what it has, and says that there is no %s',
      async (hash) => {
        site.prices({ A: '100', B: '50', C: '20' });
        const page = await openPage(browser);
        const complaints = complaintsOf(page);
        await page.goto(`${site.url}/${hash}`);
        await worth(page, '130');
        expect(await page.getByTestId('unknown-id').textContent()).toContain(`“${hash.slice(1)}”`);
        expect(await page.evaluate(() => location.hash)).toBe(hash);
        expect(complaints).toEqual([]);
        await page.close();
      },
    );

    it('chooses: by a card, a link, Back and Forward', async () => {
      const page = await openPriced('#desk');
      const entries = () => page.evaluate(() => history.length);
      const before = await entries();
      await page.locator('.card').nth(1).click();
      await expect.poll(() => title(page).textContent()).toBe('fund');
      expect(await page.evaluate(() => location.hash)).toBe('#fund');
      expect(await entries()).toBe(before + 1);
      await page.goBack();
      await expect.poll(() => title(page).textContent()).toBe('desk');
      expect(await page.locator('.card[aria-current]').textContent()).toContain('desk');
      await page.goForward();
      await expect.poll(() => title(page).textContent()).toBe('fund');
      await page.evaluate(() => (location.hash = '#desk'));
      await expect.poll(() => title(page).textContent()).toBe('desk');
      expect(await entries()).toBe(before + 2);
      await page.close();
    });
  });

  it.each(['at once', 'when used'] as const)('works where nothing may be kept or shared: %s', async (how) => {
    site.prices({ A: '100', B: '50', C: '20' });
    const page = await openPage(browser, { locale: 'en-GB' });
    const complaints = complaintsOf(page);
    await page.addInitScript(refuseStorage, how);
    await page.goto(site.url);
    await worth(page, '130');
    await page.getByRole('radio', { name: '中文' }).check();
    await page.getByText('持仓', { exact: true }).first().waitFor();
    // The client says once that each tab has a connection of its own.
    expect(complaints.filter((each) => !each.startsWith('tickmark: '))).toEqual([]);
    await page.close();
  });

  it('shows what changes on a translated page, also that the server has gone', async () => {
    const page = await openPriced('#desk');
    const complaints = complaintsOf(page);
    await page.evaluate(translate);
    expect(await page.getByTestId('status').textContent()).toBe('[Live]');
    site.prices({ A: '101' });
    await worth(page, '131');
    await page.getByRole('radio', { name: 'Paused' }).check();
    await page.evaluate(translate);
    await page.getByRole('radio', { name: '中文' }).check();
    await expect.poll(() => page.getByTestId('status').textContent()).toBe('实时');
    expect(await page.locator('.part-name').allTextContents()).toEqual(['价格', '汇率']);
    await page.evaluate(translate);
    await site.down();
    await expect.poll(() => page.getByTestId('status').textContent()).toMatch(/^(重新连接中|离线)$/);
    await page.getByTestId('trouble').waitFor();
    expect(complaints.filter((each) => !each.includes('net::ERR'))).toEqual([]);
    await page.close();
  });

  it('shows with the colors of the reader what it shows by its own', async () => {
    const page = await openPriced('#desk', { forcedColors: 'active' });
    const looks = async (selector: string) =>
      (await page.locator(selector).first().screenshot({ animations: 'disabled' })).toString('base64');
    /** Whether a change of the page can be seen. */
    const shows = async (selector: string, change: () => void): Promise<boolean> => {
      const before = await looks(selector);
      await page.evaluate(change);
      return before !== (await looks(selector));
    };
    await page.getByRole('radio', { name: 'Paused' }).check();
    expect(
      await shows('.pill', () => {
        document.querySelector<HTMLElement>('.dot')!.style.visibility = 'hidden';
      }),
    ).toBe(true);
    for (const kind of ['.bar:not(.short)', '.bar.short'])
      expect(
        await page
          .locator(kind)
          .first()
          .evaluate((bar) => {
            const { backgroundColor, borderTopStyle, borderTopWidth } = getComputedStyle(bar);
            const track = getComputedStyle(bar.parentElement!).backgroundColor;
            const hasBorder = borderTopStyle !== 'none' && borderTopWidth !== '0px';
            return hasBorder || (backgroundColor !== track && backgroundColor !== 'rgba(0, 0, 0, 0)');
          }),
      ).toBe(true);
    expect(
      await shows('.cards', () =>
        document.querySelector('.card[aria-current]')!.removeAttribute('aria-current'),
      ),
    ).toBe(true);
    expect(
      await shows('.segments', () => {
        document.querySelector<HTMLInputElement>('.segments input')!.checked = true;
      }),
    ).toBe(true);
    await page.close();
  });

  describe('and its chart', () => {
    afterEach(() => vi.useRealTimers());

    it('goes on at once when the clock is set back by an hour', async () => {
      vi.useFakeTimers({ toFake: ['Date'], shouldAdvanceTime: true });
      const page = await openPriced('#desk');
      site.prices({ A: '110' });
      await expect.poll(() => chart(page)).toContain('to 140');
      vi.setSystemTime(Date.now() - 3_600_000);
      site.prices({ A: '120' });
      await expect.poll(() => chart(page)).toContain('to 150');
      await page.reload();
      await expect.poll(() => chart(page)).toContain('to 150');
      await page.close();
    });

    it('draws no rise while prices come one by one, and says that its axis does not start at 0', async () => {
      site.prices({ A: '100' });
      const page = await open('#desk');
      await expect
        .poll(() => page.locator('.chart-waits').textContent())
        .toMatch(/value is complete|second value/);
      site.prices({ B: '50' });
      await expect.poll(() => headline(page).textContent()).toMatch(/^150/);
      expect(await chart(page)).toBe('Market value');
      site.prices({ C: '20' });
      await expect.poll(() => chart(page)).toContain('from 130 to 130');
      site.prices({ C: '10' });
      await expect
        .poll(() => chart(page))
        .toMatch(/^Market value, from 130 to 140\. The axis does not start at 0\.$/);
      await page.close();
    });
  });

  it('holds everything at one moment while it is paused', async () => {
    const page = await openPriced('#desk');
    site.prices({ A: '110' });
    await worth(page, '140');
    await page.getByRole('radio', { name: 'Paused' }).check();
    const banner = await page.locator('.banner.calm').textContent();
    expect(banner).toMatch(/^Paused at \d\d:\d\d:\d\d\./);
    // Directions are of the change before, which another portfolio has not.
    const texts = async () => [
      (await page.locator('main').innerText()).replace(/[▲▼]/g, ''),
      await chart(page),
    ];
    const held = await texts();
    // Another reader has the newer prices.
    site.prices({ A: '500', B: '600' });
    const other = await open('#desk');
    await worth(other, '1,080');
    await other.close();
    expect(await texts()).toEqual(held);
    // Of the other portfolio, too.
    await page.locator('.card').nth(1).click();
    await worth(page, '1,100');
    expect(await page.locator('.card-value').nth(1).textContent()).toContain('1,100');
    expect(await chart(page)).not.toContain('5,000');
    await page.goBack();
    await worth(page, '140');
    expect(await texts()).toEqual(held);
    expect(await page.locator('.banner.calm').textContent()).toBe(banner);
    await page.getByRole('radio', { name: 'Live' }).check();
    await worth(page, '1,080');
    await page.close();
  });

  describe('on a phone', () => {
    beforeEach(async () => {
      await site.close();
      const long = 'a-portfolio-with-a-name-that-goes-on-and-on-without-any-place-to-break';
      site = await DemoSite.start([
        DESK,
        { id: long, currency: 'USD', positions: [cost('A', '123456789.5'), cost('B', '-98765432100')] },
      ]);
    });

    it.each([
      ['en-GB', 0],
      ['zh-CN', 0],
      ['en-GB', 1],
      ['zh-CN', 1],
    ])('cuts no text off, and scrolls nothing sideways: %s, portfolio %i', async (locale, index) => {
      site.prices({ A: '10000.25', B: '99999.75', C: '20' });
      const page = await open('', { ...PHONE, locale });
      await page.locator('.card').nth(index).click();
      await page.locator('tbody tr').nth(1).waitFor();
      expect(await page.evaluate(cutTexts)).toEqual([]);
      expect(
        await page.evaluate(() => document.documentElement.scrollWidth - innerWidth),
      ).toBeLessThanOrEqual(0);
      await page.setViewportSize({ width: 390, height: 844 });
      expect(await page.evaluate(cutTexts)).toEqual([]);
      await page.close();
    });
  });

  describe('and the day of its figures', () => {
    const NOON = 'T12:00:00';
    const usDay = () => usEquities.sessionAt(Date.now())!.date;
    const later = (date: string) => new Date(Date.parse(`${date}${NOON}Z`) + 7 * 86_400_000);
    const texts = (page: Page, name: string) => page.getByTestId(name).allTextContents();
    const dayOf = (date: string) =>
      new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' }).format(
        new Date(date),
      );
    /** Opens a desk of which A is traded in the US, and B by a calendar or none. */
    const openAt = async (
      time: string | Date,
      ofB: TradingCalendar | null,
      options: BrowserContextOptions = {},
    ): Promise<Page> => {
      await site.close();
      site = await DemoSite.start([DESK], {}, (symbol) => (symbol === 'B' ? ofB : usEquities));
      site.prices({ A: '101.5', B: '49.5' }, { previousClose: '100' });
      site.prices({ C: '20' });
      const page = await openPage(browser, { locale: 'en-GB', timezoneId: 'UTC', ...options });
      await page.clock.setFixedTime(time);
      await page.goto(`${site.url}/#desk`);
      await worth(page, '131');
      return page;
    };

    it('shows the change of each price in per cent, as it does other gains', async () => {
      const page = await openAt(new Date(), usEquities);
      const change = page.getByTestId('row-change');
      expect(await change.allTextContents()).toEqual(['+1.50%', '-50.50%', '—']);
      expect(await change.locator('.signed').evaluateAll((all) => all.map((each) => each.className))).toEqual(
        ['signed profit', 'signed loss'],
      );
      expect(await change.getByTestId('unknown').getAttribute('aria-label')).toBe(
        'There is no previous close of C.',
      );
      const rows = page.locator('#holdings');
      expect(await rows.getByRole('columnheader', { name: 'Day %' }).count()).toBe(1);
      expect(await rows.getByRole('row', { name: /^A .*\+1\.50%/ }).count()).toBe(1);
      expect(await change.first().getAttribute('title')).toBe(`Session of ${dayOf(usDay())}, US`);
      await page.close();
    });

    it('is named once in the totals and once in the table if it is not today', async () => {
      const page = await openAt(later(usDay()), usEquities);
      const day = `Session of ${dayOf(usDay())}, US`;
      expect([await texts(page, 'sessions'), await texts(page, 'note')]).toEqual([[day], [day]]);
      expect(await texts(page, 'row-session')).toEqual([]);
      await page.getByRole('radio', { name: '中文' }).check();
      await expect.poll(() => texts(page, 'note')).toEqual([expect.stringMatching(/^US .* 交易日$/)]);
      await page.close();
    });

    it('is not named while it is the reader’s today, and is from midnight on', async () => {
      const page = await openAt(`${usDay()}${NOON}Z`, usEquities);
      expect([await texts(page, 'sessions'), await texts(page, 'note')]).toEqual([[], []]);
      await page.clock.setFixedTime(later(usDay()));
      await expect.poll(() => texts(page, 'note')).toEqual([`Session of ${dayOf(usDay())}, US`]);
      await page.close();
    });

    it('is named by each row where rows differ, which changes no copied symbol', async () => {
      const page = await openAt(later(usDay()), tokyo);
      const [us, jp] = [usDay(), tokyo.sessionAt(Date.now())!.date].map(dayOf);
      expect(await texts(page, 'row-session')).toEqual([`${us}, US`, `${jp}, Tokyo`, `${us}, US`]);
      expect(await texts(page, 'note')).toEqual([]);
      const [all] = await texts(page, 'sessions');
      expect(all!.replace('Sessions of ', '').split(' · ').sort()).toEqual(
        [`${us}, US`, `${jp}, Tokyo`].sort(),
      );
      expect(await page.locator('#holdings .symbol').allTextContents()).toEqual(['A', 'B', 'C']);
      await page.close();
    });

    it('is named by the rows that have one', async () => {
      const page = await openAt(later(usDay()), null);
      const us = `${dayOf(usDay())}, US`;
      expect(await texts(page, 'row-session')).toEqual([us, us]);
      expect(await texts(page, 'sessions')).toEqual([`Session of ${us}`]);
      await page.close();
    });

    it.each(['en-GB', 'zh-CN'])('fits on a phone: %s', async (locale) => {
      const page = await openAt(later(usDay()), tokyo, { ...PHONE, locale });
      await page.getByTestId('row-session').nth(2).waitFor();
      expect(await page.evaluate(cutTexts)).toEqual([]);
      await page.close();
    });
  });

  it('says aloud only what matters, and the total when it is asked for', async () => {
    site.prices({ A: '100', B: '50' });
    const page = await open('#desk');
    await page.evaluate(() => {
      const heard: string[] = ((window as { heard?: string[] }).heard = []);
      const listen = new MutationObserver((all) => {
        for (const { target } of all) {
          const region = (target as Element).closest?.('[role=status]');
          if (region?.textContent) heard.push(region.textContent.trim());
        }
      });
      listen.observe(document.body, { subtree: true, childList: true });
    });
    const heard = () => page.evaluate(() => [...new Set((window as { heard?: string[] }).heard!.splice(0))]);
    for (const price of ['101', '102', '103']) {
      site.prices({ A: price });
      await expect.poll(() => headline(page).textContent()).toContain(String(Number(price) + 50));
    }
    expect(await heard()).toEqual([]);
    site.prices({ C: '20' });
    await worth(page, '133');
    expect(await heard()).toEqual(['desk is complete now.']);
    await page.getByTestId('read-total').focus();
    await page.keyboard.press('Enter');
    expect(await heard()).toEqual([expect.stringMatching(/^desk: 133(\.00)? USD, unrealized P&L \+123/)]);
    await site.down();
    await page.getByTestId('trouble').waitFor();
    expect((await heard()).join()).toMatch(/connection is lost/);
    await page.close();
  });

  it('has the value and the state of the portfolio in its title, also when it is hidden', async () => {
    const page = await openPriced('#desk');
    await expect.poll(() => page.title()).toMatch(/^130(\.00)? USD · desk · Live$/);
    site.prices({ A: '110' });
    await expect.poll(() => page.title()).toMatch(/^140/);
    await page.locator('.card').nth(1).click();
    await expect.poll(() => page.title()).toMatch(/^1,100(\.00)? USD · fund · Live$/);
    await page.getByRole('radio', { name: 'Paused' }).check();
    await expect.poll(() => page.title()).toMatch(/^Not updated since \d\d:\d\d:\d\d · 1,100/);
    await page.getByRole('radio', { name: 'Live' }).check();
    await expect.poll(() => page.title()).toMatch(/^1,100/);
    await page.evaluate(hide);
    await expect.poll(() => page.title()).toMatch(/^Not updated since \d\d:\d\d:\d\d · 1,100/);
    await page.close();
    const other = await openPriced('#desk');
    await site.down();
    await expect.poll(() => other.title()).toMatch(/^(Reconnecting|Offline) · 1/);
    await other.close();
  });

  describe('and what it may not receive', () => {
    const reason = (page: Page) => page.getByTestId('unavailable').locator('p').last().textContent();

    it('says that positions are too large, beside totals that go on', async () => {
      await site.close();
      const symbols = Array.from({ length: 200 }, (_, index) => `SYMBOL-${index}`);
      site = await DemoSite.start(
        [DESK, { id: 'large', currency: 'USD', positions: symbols.map((symbol) => cost(symbol, 1)) }],
        { limits: { bufferedBytes: 32_768, highWaterBytes: 16_384 } },
      );
      site.prices(Object.fromEntries(symbols.map((symbol) => [symbol, '10'])));
      const page = await open('#large');
      await page.getByTestId('unavailable').waitFor();
      expect(await reason(page)).toBe(
        'Its positions are larger than one connection may receive. Its totals still come.',
      );
      await expect.poll(() => page.locator('.card-value').nth(1).textContent()).toContain('2,000');
      expect(await page.getByTestId('unavailable').textContent()).toContain('2,000');
      await page.close();
    });

    it('says that a permission was withdrawn', async () => {
      const page = await openPriced('#fund');
      await site.gateway.revoke({ portfolioId: 'fund' });
      await page.getByTestId('unavailable').waitFor();
      expect(await reason(page)).toBe('Your permission to see this portfolio was withdrawn.');
      expect(await page.locator('.card').nth(1).textContent()).toContain('was withdrawn');
      await page.getByRole('radio', { name: '中文' }).check();
      await expect.poll(() => reason(page)).toBe('您查看该组合的权限已被撤销。');
      await page.close();
    });
  });
});
