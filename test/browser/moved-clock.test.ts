import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { seededRandom } from '../../src/core/random.js';
import { seed, size, sized } from '../sizes.js';
import { HUNG_AFTER_MS, pause } from '../waiting.js';
import { BreakableSite, expectOnlyRises, OUTAGES, showDesk } from './breakable-site.js';
import { canUseChromium, launchChromium, openPage } from './chromium.js';
import { bundlePage } from './page-bundle.js';

/** Outages of each page. */
const COUNT = sized({ quick: 4, gate: 6, full: 100 });
const LONGEST_MS = 60_000;

// Limits on the page's own clock. The network is real, and on a busy machine slow: only the full run is strict.
/** For a page to say that it has lost the gateway. */
const TOLD_MS = sized({ quick: 30_000, gate: 30_000, full: 3000 });
/** For a page to be live again: the longest wait between two tries, and an answer. */
const BACK_MS = sized({ quick: 400_000, gate: 400_000, full: 40_000 });
/** For a page to show what the gateway has sent. */
const SHOWN_MS = sized({ quick: HUNG_AFTER_MS, gate: HUNG_AFTER_MS, full: 2000 });
const STEP_MS = 50;
const FRAME_MS = 16;

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

  /** Waits for a text, and gives how long that took on the clock of the page. */
  async until(id: string, expected: string, limitMs: number): Promise<number> {
    for (let passed = 0; passed <= limitMs; passed += STEP_MS) {
      if ((await this.text(id)) === expected) return passed;
      await this.#page.clock.runFor(STEP_MS);
    }
    throw new Error(`#${id} is ${await this.text(id)}, not ${expected}, after ${limitMs} ms.`);
  }

  /** Waits for a text that has to come over the network, which is real: the clock of the page runs no faster than that. */
  async untilShown(id: string, expected: string): Promise<number> {
    const began = performance.now();
    for (let passed = 0; passed <= SHOWN_MS; passed += FRAME_MS) {
      if ((await this.text(id)) === expected) return passed;
      await this.#page.clock.runFor(FRAME_MS);
      await pause(Math.max(0, began + passed - performance.now()));
    }
    throw new Error(`#${id} is ${await this.text(id)}, not ${expected}, after ${SHOWN_MS} ms.`);
  }
}

describe.skipIf(!canUseChromium())('a page whose network is away for up to a minute', () => {
  let browser: Browser;
  let pages: Record<string, string>;

  beforeAll(async () => {
    pages = { vue: await bundlePage('values-vue.ts'), react: await bundlePage('values-react.tsx') };
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());

  it.each(['vue', 'react?ws'])(
    `says so, and then shows exactly what the gateway has: ${COUNT} times, in %s`,
    async (address) => {
      const site = await BreakableSite.start(pages);
      const tab = await openPage(browser);
      const page = new MovedPage(tab);
      const random = seededRandom(seed + address.length);
      await site.tick();
      await page.open(site.url(address));
      await showDesk(tab);
      await page.until('status', 'live', BACK_MS);
      const longest = { told: 0, back: 0, shown: 0 };
      const note = (what: keyof typeof longest, ms: number): void => {
        longest[what] = Math.max(longest[what], ms);
      };
      for (let count = 0; count < COUNT; count++) {
        await site.tick();
        note('shown', await page.untilShown('rows-desk', site.rows));
        const outage = OUTAGES[count % OUTAGES.length]!;
        // The first of each kind is long enough to be noticed, whatever the kind.
        const shortestMs = count < OUTAGES.length ? 3000 : 0;
        const lengthMs = shortestMs + random() * (LONGEST_MS - shortestMs);
        await site.break(outage);
        let passedMs = 0;
        // A link that is cut can be made again at once.
        if (outage !== 'cut' && lengthMs >= 3000)
          note('told', (passedMs = await page.until('status', 'reconnecting', TOLD_MS)));
        await site.tick();
        await page.pass(Math.max(0, lengthMs - passedMs));
        await site.mend(outage);
        note('back', await page.until('status', 'live', BACK_MS));
        note('shown', await page.untilShown('rows-desk', site.rows));
        await page.untilShown('price-A', site.price);
      }
      await expectOnlyRises(tab, COUNT);
      if (size !== 'quick') console.info(`moved clock, ${address}, at the longest, ms:`, longest);
      await tab.close();
      await site.close();
    },
  );
});
