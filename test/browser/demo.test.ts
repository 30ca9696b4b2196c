import { createRequire } from 'node:module';
import { selectors, type Browser, type Page } from 'playwright-core';
import { InMemoryPortfolioRepository, markToMarket } from 'tickmark';
import type { ReplayPriceStreamAdapter } from 'tickmark/replay';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readArguments } from '../../examples/demo/arguments.js';
import { openMarket } from '../../examples/demo/market.js';
import { canUseChromium, complaintsOf, launchChromium, openPage } from './chromium.js';
import { Demo } from './demo-process.js';

const axePath = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

interface Violation {
  readonly id: string;
  readonly nodes: ReadonlyArray<{ readonly html: string; readonly failureSummary?: string }>;
}

/** What axe finds on a page. */
async function violationsOf(page: Page): Promise<string[]> {
  await page.addScriptTag({ path: axePath, type: 'text/javascript' });
  const { violations } = await page.evaluate(
    () =>
      (window as unknown as { axe: { run(): Promise<{ violations: Violation[] }> } }).axe.run() as Promise<{
        violations: Violation[];
      }>,
  );
  return violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.html} ${node.failureSummary}`),
  );
}

/** What an engine of our own makes of a recording: total of each portfolio, in the order of the page. */
async function lastValues(args: readonly string[]): Promise<string[]> {
  const market = (await openMarket(readArguments(args), new AbortController().signal))!;
  const repository = new InMemoryPortfolioRepository();
  for (const each of market.portfolios) await repository.save(each);
  const stream = market.stream as ReplayPriceStreamAdapter;
  const marking = await markToMarket({ stream, repository, fx: market.fx, allowNonPositive: true });
  await stream.finished;
  await marking.flush();
  const values = market.portfolios.map(({ id }) => marking.value(id)!.priced.marketValue.toString());
  await marking.close();
  return values;
}

const rows = (page: Page) => page.locator('tbody tr');

/** Settles when the market value on a page is another than now. */
async function changed(page: Page): Promise<void> {
  const before = await page.locator('[data-test=market-value]').textContent();
  await page.waitForFunction(
    (old) => document.querySelector('[data-test=market-value]')?.textContent !== old,
    before,
  );
}

/** Opens a portfolio, and waits for its rows. `bypassCSP`: for axe, which is put into the page. */
async function open(browser: Browser, url: string, portfolio: string, options = {}): Promise<Page> {
  const page = await openPage(browser, { locale: 'en-GB', bypassCSP: true, ...options });
  await page.goto(`${url}/#${portfolio}`);
  await rows(page).first().waitFor();
  return page;
}

describe.skipIf(!canUseChromium())('the demo', () => {
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

  it('shows values that change, without errors or warnings in the console', async () => {
    const page = await openPage(browser);
    const complaints = complaintsOf(page);
    await page.goto(url);
    await changed(page);
    expect(await page.locator('[data-test=status].good').textContent()).toContain('Live');
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('shows totals that equal the digits of the engine and the sum of the rows', async () => {
    const page = await open(browser, url, 'growth');
    await page.getByRole('radio', { name: 'Paused' }).check();
    const shown = await page.evaluate(() => {
      const total = document.querySelector<HTMLElement>('[data-test=market-value]')!;
      return {
        raw: total.dataset.raw!,
        text: total.querySelector('.flash')!.textContent!,
        rows: [...document.querySelectorAll<HTMLElement>('[data-test=row-value]')].map((row) => ({
          raw: row.dataset.raw!,
          text: row.textContent!,
        })),
      };
    });
    const plain = (text: string): string => text.replaceAll(',', '');
    expect(plain(shown.text)).toBe(shown.raw);
    for (const row of shown.rows) expect(plain(row.text)).toBe(row.raw);
    const cents = (text: string): bigint => BigInt(text.replace('.', ''));
    expect(shown.raw).toMatch(/^\d+\.\d\d$/);
    expect(shown.rows.reduce((sum, { raw }) => sum + cents(raw), 0n)).toBe(cents(shown.raw));
    await page.close();
  });

  it('shows totals, closed positions and cash that sum, digit for digit', async () => {
    const page = await open(browser, url, 'growth');
    await page.getByRole('radio', { name: 'Paused' }).check();
    const raw = (name: string) =>
      page.getByTestId(name).evaluateAll((all) => all.map((each) => (each as HTMLElement).dataset.raw!));
    const columns = (table: string) =>
      page
        .getByTestId(table)
        .locator('tbody tr')
        .evaluateAll((all) =>
          all.map((each) =>
            [...(each as HTMLTableRowElement).cells].map(({ textContent }) => textContent!.trim()),
          ),
        );
    const cents = (text: string): bigint => BigInt(text.replace(/[,.+]/g, ''));
    const sum = (texts: readonly string[]) => texts.reduce((total, text) => total + cents(text), 0n);
    const total = async (name: string): Promise<bigint> => sum(await raw(name));

    const closed = await columns('closed-table');
    expect(closed.map(([symbol, realized]) => `${symbol} ${realized}`)).toEqual([
      'META +1,464.00',
      'BMW.DE -509.93',
      'TSLA +133.00',
    ]);
    // In and out within a second: its profit is of today.
    expect(closed[2]).toEqual(['TSLA', '+133.00', '+133.00', '0.00', '0.00', '0.00', '+133.00']);
    expect(sum([...(await raw('row-realized')), ...closed.map(([, realized]) => realized!)])).toBe(
      await total('realizedPnl'),
    );
    const cash = await columns('cash-table');
    expect(cash.map(([currency]) => currency)).toEqual(['USD', 'EUR']);
    expect(sum(cash.map((row) => row.at(-1)!))).toBe(await total('cash'));
    expect(await total('equity')).toBe((await total('cash')) + (await total('market-value')));
    expect(await total('profit')).toBe((await total('pricePnl')) + (await total('fxPnl')));
    expect(await raw('dayPnl')).toEqual([expect.stringMatching(/^-?\d+\.\d\d$/)]);
    for (const name of ['income', 'expenses', 'totalPnl', 'grossExposure', 'netExposure', 'leverage'])
      expect(await page.getByTestId(name).textContent()).toMatch(/\d/);
    await page.close();
  });

  it('says of each unknown figure why it is unknown, also to those who hear it', async () => {
    const page = await open(browser, url, 'new-issues');
    const unknown = (symbol: string) =>
      page
        .getByRole('row', { name: symbol })
        .getByTestId('unknown')
        .evaluateAll((all) =>
          all.map((each) => [each.textContent, each.getAttribute('title'), each.getAttribute('aria-label')]),
        );
    const why = (reason: string) => ['—', reason, reason];
    const noPrice = why('No price has come for NEWCO yet.');
    await page.getByRole('row', { name: 'XOM' }).getByTestId('row-day').waitFor();
    expect(await unknown('NEWCO')).toEqual(Array.from({ length: 7 }, () => noPrice));
    const noClose = why('There is no previous close of XOM.');
    expect(await unknown('XOM')).toEqual([noClose, noClose]);
    const noCost = why('The cost of MSFT is not known.');
    expect(await unknown('MSFT')).toEqual([noCost, noCost, noCost]);
    // Also in cards and bars.
    const bare = await page
      .locator('main')
      .evaluate((main) =>
        [...main.querySelectorAll('*')]
          .filter(({ children, textContent }) => children.length === 0 && textContent === '—')
          .map((each) => each.getAttribute('title')),
      );
    expect(bare.length).toBeGreaterThan(15);
    expect(bare).not.toContain(null);
    expect(await page.getByTestId('dayPnl').getByTestId('unknown').getAttribute('title')).toBe(
      'No price has come for NEWCO yet.',
    );
    await page.close();
  });

  it('on a phone names each figure of a row above it', async () => {
    const page = await open(browser, url, 'growth', { viewport: { width: 390, height: 844 } });
    const names = await page
      .locator('#holdings tbody tr')
      .first()
      .evaluate((row: HTMLTableRowElement) =>
        [...row.cells].slice(1).map((cell) => getComputedStyle(cell, '::before').content.split('" /')[0]),
      );
    const columns = await page.locator('#holdings thead th').allTextContents();
    expect(names).toEqual(columns.slice(1).map((column) => `"${column}`));
    expect(await page.locator('#holdings').getByRole('row').count()).toBe(7);
    await page.close();
  });

  it('reads nothing aloud by itself but trouble, and what matters of the portfolio', async () => {
    const page = await open(browser, url, 'growth');
    const live = page.locator('[aria-live], [role=status], [role=alert]');
    expect(await live.evaluateAll((all) => all.map(({ className }) => className))).toEqual([
      'banners',
      'visually-hidden',
    ]);
    await page.close();
  });

  it('stands still while paused and goes on afterwards', async () => {
    const page = await open(browser, url, 'growth');
    await page.getByRole('radio', { name: 'Paused' }).check();
    const texts = () => rows(page).allTextContents();
    const paused = await texts();
    // Another reader sees every price move meanwhile.
    const other = await open(browser, url, 'growth');
    await changed(other);
    await changed(other);
    await other.close();
    expect(await texts()).toEqual(paused);
    await page.getByRole('radio', { name: 'Live' }).check();
    await changed(page);
    await page.close();
  });

  it('says which prices are unknown, in both languages', async () => {
    const page = await open(browser, url, 'new-issues');
    const note = page.locator('.note');
    await note.waitFor();
    expect(await note.textContent()).toContain('No price has come for NEWCO yet.');
    await page.getByRole('radio', { name: '中文' }).check();
    expect(await note.textContent()).toContain('NEWCO 还没有收到价格');
    expect(await page.evaluate(() => document.documentElement.lang)).toBe('zh-CN');
    await page.close();
  });

  it('reports a silent server, until it is heard again', async () => {
    const page = await open(browser, url, 'growth');
    demo.process.kill('SIGSTOP');
    try {
      await page.locator('[data-test=trouble]').waitFor();
    } finally {
      demo.process.kill('SIGCONT');
    }
    await page.locator('[data-test=trouble]').waitFor({ state: 'detached' });
    await page.close();
  });

  it.each([
    ['light', { colorScheme: 'light' }, 'growth'],
    ['dark', { colorScheme: 'dark' }, 'long-short'],
    ['on a phone', { viewport: { width: 390, height: 844 } }, 'new-issues'],
    ['in the dark on a phone', { viewport: { width: 390, height: 844 }, colorScheme: 'dark' }, 'new-issues'],
  ])('passes the accessibility checks of axe: %s', async (_, options, portfolio) => {
    // Colors are judged where they stay, not in the middle of a flash.
    const page = await open(browser, url, portfolio, { ...options, reducedMotion: 'reduce' });
    await page.locator('.u-wrap').waitFor();
    expect(await violationsOf(page)).toEqual([]);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(overflow).toBeLessThanOrEqual(0);
    await page.close();
  });

  it('shows the digits of an engine of the same prices at the end of a recording', async () => {
    const recording = ['--replay', 'examples/data/trades.csv', '--speed', 'max'];
    const expected = await lastValues(recording);
    const replay = new Demo(recording);
    const page = await openPage(browser, { locale: 'en-GB' });
    await page.goto(await replay.url());
    await page.waitForFunction((values) => {
      const shown = [...document.querySelectorAll('.card-value .flash')].map((each) => each.textContent);
      return shown.map((text) => text!.replaceAll(',', '')).join() === values;
    }, expected.join());
    await page.close();
    replay.process.kill('SIGTERM');
    expect(await replay.outcome).toMatchObject({ code: 0, stderr: '' });
  });

  it('ends by itself when its seconds are over', async () => {
    expect(await new Demo(['--seconds', '0.1']).outcome).toMatchObject({ code: 0, stderr: '' });
  });
});
