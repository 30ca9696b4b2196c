import { isLong } from '../sizes.js';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/core/random.js';
import { BreakableSite, expectOnlyRises, OUTAGES, showDesk } from './breakable-site.js';
import { canUseChromium, launchChromium } from './chromium.js';
import { bundlePage } from './page-bundle.js';

const hasBrowser = canUseChromium();
/** Outages of each page: 200 in all in the long mode. */
const COUNT = isLong ? 100 : 5;
const LONGEST_MS = 60_000;
/** How long a page may take to be live again, on its own clock: the longest wait between two tries, and an answer. */
const BACK_MS = 40_000;
const STEP_MS = 50;
const FRAME_MS = 16;
/** How long a page may take to show what the gateway has sent. */
const SHOWN_MS = 2000;

/** A page whose clock the test moves, while its network and everything behind it are real. */
class MovedPage {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  async open(address: string): Promise<void> {
    await this.#page.clock.install();
    await this.#page.goto(address);
    await this.#page.clock.pauseAt(Date.now() + 1000);
  }

  /** Lets time pass on the page, in steps between which what has come from the network is taken. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 500) await this.#page.clock.runFor(Math.min(500, left));
  }

  text(id: string): Promise<string> {
    return this.#page.evaluate((each) => document.getElementById(each)?.textContent ?? '', id);
  }

  /** Waits for a text, for so long on the clock of the page. */
  async until(id: string, expected: string, limitMs: number): Promise<void> {
    for (let passed = 0; passed <= limitMs; passed += STEP_MS) {
      if ((await this.text(id)) === expected) return;
      await this.#page.clock.runFor(STEP_MS);
    }
    throw new Error(`#${id} is ${await this.text(id)}, not ${expected}, after ${limitMs} ms.`);
  }

  /** Waits for a text that has to come over the network, which is real: the clock of the page runs no faster than that. */
  async untilShown(id: string, expected: string): Promise<void> {
    const began = performance.now();
    for (let passed = 0; passed <= SHOWN_MS; passed += FRAME_MS) {
      if ((await this.text(id)) === expected) return;
      await this.#page.clock.runFor(FRAME_MS);
      await sleep(Math.max(0, began + passed - performance.now()));
    }
    throw new Error(`#${id} is ${await this.text(id)}, not ${expected}, after ${SHOWN_MS} ms.`);
  }
}

describe.skipIf(!hasBrowser)('a page whose network is away for up to a minute', () => {
  let browser: Browser;
  let pages: Record<string, string>;

  beforeAll(async () => {
    pages = { vue: await bundlePage('values-vue.ts'), react: await bundlePage('values-react.tsx') };
    browser = await launchChromium();
  }, 60_000);
  afterAll(() => browser?.close());

  it.each(['vue', 'react?ws'])(
    `says so within 3 s, and shows exactly what the gateway has: ${COUNT} times, in %s`,
    { timeout: 300_000 },
    async (address) => {
      const site = await BreakableSite.start(pages);
      const tab = await browser.newPage();
      const page = new MovedPage(tab);
      const random = seededRandom(address.length);
      await site.tick();
      await page.open(site.url(address));
      await showDesk(tab);
      await page.until('status', 'live', BACK_MS);
      let told = 0;
      for (let count = 0; count < COUNT; count++) {
        await site.tick();
        await page.untilShown('rows-desk', site.rows);
        const outage = OUTAGES[count % OUTAGES.length]!;
        const lengthMs = random() * LONGEST_MS;
        await site.break(outage);
        await page.pass(Math.min(lengthMs, 3000));
        if (outage !== 'cut' && lengthMs >= 3000) {
          expect(await page.text('status'), outage).toBe('reconnecting');
          told++;
        }
        await site.tick();
        await page.pass(Math.max(0, lengthMs - 3000));
        await site.mend(outage);
        await page.until('status', 'live', BACK_MS);
        await page.untilShown('rows-desk', site.rows);
        expect(await page.text('price-A')).toBe(site.price);
      }
      expect(told).toBeGreaterThan(COUNT / 2);
      await expectOnlyRises(tab, COUNT);
      await tab.close();
      await site.close();
    },
  );
});
