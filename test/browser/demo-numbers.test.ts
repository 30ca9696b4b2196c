import { selectors, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canUseChromium, complaintsOf, launchChromium, openPage } from './chromium.js';
import { Demo } from './demo-process.js';

describe.skipIf(!canUseChromium())('numbers of the demo', () => {
  let browser: Browser;
  let demo: Demo;
  let url: string;

  beforeAll(async () => {
    demo = new Demo(['--port', '0']);
    selectors.setTestIdAttribute('data-test');
    [browser, url] = await Promise.all([launchChromium(), demo.url()]);
  });

  afterAll(async () => {
    await browser?.close();
    demo.process.kill('SIGTERM');
    expect(await demo.outcome).toMatchObject({ code: 0, stderr: '' });
  });

  /** A page of a portfolio that stands still. */
  async function open(portfolio: string, locale: string): Promise<Page> {
    const page = await openPage(browser, { locale, timezoneId: 'Asia/Tokyo' });
    await page.goto(`${url}/#${portfolio}`);
    await page.locator('tbody tr').first().waitFor();
    await page.locator('input[value=paused]').check();
    return page;
  }
  const text = async (page: Page, selector: string) =>
    (await page.locator(selector).first().innerText()).trim();
  const raws = (page: Page, name: string) =>
    page.getByTestId(name).evaluateAll((all) => all.map((each) => (each as HTMLElement).dataset.raw ?? null));

  it.each([
    ['de-DE', 'en', '.', ','],
    ['hi-IN', 'en', ',', '.'],
    ['fr-CH', 'en', '\u202f', ','],
    ['zh-TW', 'zh-CN', ',', '.'],
  ])('are those of a reader in %s, with texts in %s', async (locale, lang, group, point) => {
    const page = await open('growth', locale);
    expect(await page.evaluate(() => document.documentElement.lang)).toBe(lang);
    const [raw] = await raws(page, 'market-value');
    const shown = await text(page, '[data-test=market-value] .flash');
    const expected = await page.evaluate(
      ([value, tag]) => new Intl.NumberFormat(tag!, { minimumFractionDigits: 2 }).format(Number(value)),
      [raw!, locale],
    );
    expect(shown).toBe(expected);
    expect([shown.includes(group), shown.includes(point)]).toEqual([true, true]);
    await page.close();
  });

  it.each([
    ['en-US', true],
    ['de-DE', false],
  ])('tell the time in one way, in %s', async (locale, hasHalves) => {
    const page = await openPage(browser, { locale });
    // What the chart writes on its axes.
    await page.addInitScript(() => {
      const { fillText } = CanvasRenderingContext2D.prototype;
      const drawn: string[] = [];
      Object.assign(window, { drawn });
      CanvasRenderingContext2D.prototype.fillText = function (
        this: CanvasRenderingContext2D,
        written,
        ...more
      ) {
        drawn.push(written);
        fillText.call(this, written, ...more);
      };
    });
    await page.goto(`${url}/#growth`);
    const times = () =>
      page.evaluate(() =>
        (window as unknown as { drawn: string[] }).drawn.filter((each) => /\d:\d\d:\d/.test(each)),
      );
    await page.waitForFunction(() =>
      (window as unknown as { drawn: string[] }).drawn.some((each) => /\d:\d\d:\d/.test(each)),
    );
    await page.locator('input[value=paused]').check();
    const all = [await text(page, '.banner.calm'), ...(await times())];
    for (const each of all) expect(/\d\s[AP]M/.test(each)).toBe(hasHalves);
    await page.close();
  });

  it.each(['growth', 'long-short', 'new-issues'])(
    'of weights add up to exactly 100 per cent, and say of what, in %s',
    async (portfolio) => {
      const page = await open(portfolio, 'en-GB');
      const weights = await raws(page, 'row-weight');
      const units = weights.map((weight) => BigInt((weight ?? '0').replace(/[-.]/g, '')));
      expect(units.reduce((sum, each) => sum + each, 0n)).toBe(10_000n);
      const isWhole = weights.every((weight) => weight !== null);
      expect(isWhole).toBe(portfolio !== 'new-issues');
      expect(await text(page, '#allocation-title')).toBe(
        isWhole ? 'Allocation' : 'Allocation of priced holdings',
      );
      expect(await text(page, '#holdings thead th:last-child')).toBe(isWhole ? 'Weight' : 'Weight of priced');
      await page.close();
    },
  );

  it('are copied so that a spreadsheet reads them', async () => {
    const page = await open('growth', 'en-GB');
    const copied = (from: string, to: string) =>
      page.evaluate(
        async ([first, last]) => {
          const [start, end] = [document.querySelector(first!)!, document.querySelector(last!)!];
          const selection = getSelection()!;
          selection.setBaseAndExtent(start, 0, end, end.childNodes.length);
          const heard = new Promise<string>((resolve) =>
            addEventListener(
              'copy',
              ({ clipboardData, defaultPrevented }) =>
                resolve(defaultPrevented ? clipboardData!.getData('text/plain') : selection.toString()),
              { once: true },
            ),
          );
          document.execCommand('copy');
          return heard;
        },
        [from, to],
      );
    const row = '#holdings tbody tr:nth-child(1)';
    const line = await copied(`${row} th`, `${row} td:last-child`);
    const [symbol, ...figures] = line.split('\t');
    expect(symbol).toBe(await text(page, `${row} .symbol`));
    expect(figures).toHaveLength(10);
    for (const figure of figures) expect(figure).toMatch(/^-?\d+(\.\d+)?$/);
    expect(figures[2]).toBe((await raws(page, 'row-value'))[0]);
    const [change] = await raws(page, 'row-change');
    expect(Number(figures[4])).toBeCloseTo(Number(change), 2);

    const all = (await copied('#holdings thead th', '#holdings tbody tr:last-child td:last-child')).split(
      '\n',
    );
    expect(all).toHaveLength(1 + (await page.locator('#holdings tbody tr').count()));
    expect(new Set(all.map((each) => each.split('\t').length))).toEqual(new Set([11]));
    expect(all[0]).toMatch(/^Symbol\tQuantity\tPrice\t/);

    // One cell is what is selected of it, without arrow and currency.
    const price = await copied(`${row} .price`, `${row} .price`);
    expect(price.trim()).toMatch(/^[\d,]+\.\d+$/);
    await page.close();
  });

  it.each([
    ['ja-JP', 'red', 'green'],
    ['zh-TW', 'red', 'green'],
    ['en-GB', 'green', 'red'],
  ])(
    'have the colors of the region, or those that the reader has chosen: %s',
    async (locale, first, other) => {
      const page = await open('growth', locale);
      const rises = () => page.evaluate(() => document.documentElement.dataset.rises);
      const profit = () =>
        page.evaluate(() => {
          const [red, green] = getComputedStyle(document.querySelector('.profit')!)
            .color.match(/\d+/g)!
            .map(Number);
          return red! > green! ? 'red' : 'green';
        });
      expect([await rises(), await profit()]).toEqual([first, first]);
      await page.locator(`input[value=${other}]`).check();
      expect(await profit()).toBe(other);
      await page.reload();
      await page.locator('.profit').first().waitFor();
      expect([await rises(), await profit()]).toEqual([other, other]);
      await page.close();
    },
  );

  it('are shown also where the browser keeps nothing for pages', async () => {
    const page = await openPage(browser, { locale: 'en-GB' });
    const complaints = complaintsOf(page);
    await page.addInitScript(() =>
      Object.defineProperty(window, 'localStorage', {
        get: () => {
          throw new DOMException('The operation is insecure.', 'SecurityError');
        },
      }),
    );
    await page.goto(url);
    await page.locator('tbody tr').first().waitFor();
    await page.locator('input[value=red]').check();
    await page.locator('input[value=zh]').check();
    await page.locator('input[value=dark]').check();
    expect(await page.evaluate(() => ({ ...document.documentElement.dataset }))).toEqual({
      theme: 'dark',
      rises: 'red',
    });
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('do not flash because another portfolio is chosen', async () => {
    const page = await openPage(browser, { locale: 'en-GB' });
    await page.goto(`${url}/#growth`);
    await page.locator('.huge').locator('.up, .down').waitFor();
    await page.locator('input[value=paused]').check();
    // To another one and back: what was shown a moment ago is still known, so nothing is drawn anew.
    const glyphs = await page.evaluate(async () => {
      const [first, second] = document.querySelectorAll<HTMLElement>('.card');
      const shown: string[] = [];
      const headline = (): string => document.querySelector('.huge .glyph')?.textContent ?? 'loading';
      const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
      second!.click();
      do await frame();
      while (headline() === 'loading');
      for (const card of [first!, second!]) {
        card.click();
        await frame();
        shown.push(headline());
      }
      return shown;
    });
    expect(glyphs).toEqual(['', '']);
    await page.close();
  });
});
