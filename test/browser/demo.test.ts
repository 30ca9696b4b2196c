import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { InMemoryPortfolioRepository, markToMarket } from 'tickmark';
import type { ReplayPriceStreamAdapter } from 'tickmark/replay';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readArguments } from '../../examples/demo/arguments.js';
import { openMarket } from '../../examples/demo/market.js';
import { canUseChromium, complaintsOf, launchChromium } from './chromium.js';

const hasBrowser = canUseChromium();
const root = fileURLToPath(new URL('../../', import.meta.url));
const axePath = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** The demo as a user starts it; in memory, whatever servers there are. */
class Demo {
  readonly exited: Promise<number | null>;
  readonly #child: ChildProcess;

  constructor(args: readonly string[]) {
    const env = { ...process.env, TICKMARK_POSTGRES_URL: '', TICKMARK_REDIS_URL: '' };
    this.#child = spawn(process.execPath, ['--import', 'tsx', 'examples/demo/main.ts', ...args], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
      env,
    });
    this.exited = once(this.#child, 'exit').then(([code]) => code as number | null);
  }

  async url(): Promise<string> {
    for await (const line of createInterface({ input: this.#child.stdout! })) {
      const [url] = /http:\S+/.exec(line) ?? [];
      if (url) return url;
    }
    throw new Error('The demo has ended without an address.');
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }
}

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
  const values = market.portfolios.map(({ id }) => marking.value(id)!.metrics.priced.marketValue.toString());
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
  const page = await browser.newPage({ locale: 'en-GB', bypassCSP: true, ...options });
  await page.goto(`${url}/#${portfolio}`);
  await rows(page).first().waitFor();
  return page;
}

describe.skipIf(!hasBrowser)('the demo', { timeout: 120_000 }, () => {
  let browser: Browser;
  let demo: Demo;
  let url: string;

  beforeAll(async () => {
    demo = new Demo(['--port', '0']);
    [browser, url] = await Promise.all([launchChromium(), demo.url()]);
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    demo?.kill('SIGTERM');
    expect(await demo?.exited).toBe(0);
  }, 30_000);

  it('shows values that change, and says nothing to the console', async () => {
    const page = await browser.newPage();
    const complaints = complaintsOf(page);
    await page.goto(url);
    await changed(page);
    expect(await page.locator('[data-test=status]').textContent()).toContain('Live');
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('shows totals that are the digits of the engine, and the sum of the rows', async () => {
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

  it('stands still when paused, and goes on', async () => {
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

  it('says what is unknown, and what that means', async () => {
    const page = await open(browser, url, 'new-issues');
    const note = page.locator('.note');
    await note.waitFor();
    expect(await note.textContent()).toContain('No price has come for NEWCO yet.');
    await page.getByRole('radio', { name: '中文' }).check();
    expect(await note.textContent()).toContain('NEWCO 还没有收到价格');
    expect(await page.evaluate(() => document.documentElement.lang)).toBe('zh-CN');
    await page.close();
  });

  it('says so when nothing is heard of the server', async () => {
    const page = await open(browser, url, 'growth');
    demo.kill('SIGSTOP');
    try {
      await page.locator('[data-test=trouble]').waitFor({ timeout: 20_000 });
    } finally {
      demo.kill('SIGCONT');
    }
    await page.locator('[data-test=trouble]').waitFor({ state: 'detached', timeout: 60_000 });
    await page.close();
  });

  it.each([
    ['light', { colorScheme: 'light' }, 'growth'],
    ['dark', { colorScheme: 'dark' }, 'long-short'],
    ['on a phone', { viewport: { width: 390, height: 844 } }, 'new-issues'],
    ['in the dark on a phone', { viewport: { width: 390, height: 844 }, colorScheme: 'dark' }, 'new-issues'],
  ])('has nothing that axe objects to: %s', async (_, options, portfolio) => {
    // Colours are judged where they stay, not in the middle of a flash.
    const page = await open(browser, url, portfolio, { ...options, reducedMotion: 'reduce' });
    await page.locator('.u-wrap').waitFor();
    expect(await violationsOf(page)).toEqual([]);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(overflow).toBeLessThanOrEqual(0);
    await page.close();
  });

  it('ends a recording with the digits of an engine of the same prices, and by itself', async () => {
    const recording = ['--replay', 'examples/data/trades.csv', '--speed', 'max'];
    const expected = await lastValues(recording);
    const replay = new Demo([...recording, '--seconds', '8']);
    const page = await browser.newPage({ locale: 'en-GB' });
    await page.goto(await replay.url());
    await page.waitForFunction(
      (values) => {
        const shown = [...document.querySelectorAll('.card-value .flash')].map((each) => each.textContent);
        return shown.map((text) => text!.replaceAll(',', '')).join() === values;
      },
      expected.join(),
      { timeout: 8000 },
    );
    await page.close();
    expect(await replay.exited).toBe(0);
  });
});
