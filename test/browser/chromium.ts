import { existsSync } from 'node:fs';
import {
  chromium as playwright,
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type Page,
} from 'playwright-core';
import { canUse, type Requirement } from '../requirements.js';
import { SLOW_TEST_MS } from '../waiting.js';

const PATHS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const path = process.env.TICKMARK_CHROMIUM ?? PATHS.find((each) => existsSync(each));

/** The browser to test in. */
export function chromiumProgram(): Requirement {
  const howToGet = 'apt-get install chromium, or TICKMARK_CHROMIUM=/path/to/chromium';
  return { name: 'Chromium', isThere: path !== undefined && existsSync(path), howToGet };
}

/** Whether there is a browser to test in. */
export function canUseChromium(): boolean {
  return canUse(chromiumProgram());
}

/** Starts a browser without a window, and without anything that would go to the network by itself. @param more Further arguments. */
export function launchChromium(more: readonly string[] = []): Promise<Browser> {
  return playwright.launch({
    executablePath: path!,
    headless: true,
    timeout: SLOW_TEST_MS,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      ...more,
    ],
  });
}

/** Opens a page whose waits only end what hangs. In a browser, in a context of its own; in a context, as a further tab. */
export async function openPage(
  parent: Browser | BrowserContext,
  options: BrowserContextOptions = {},
): Promise<Page> {
  const page = await ('newContext' in parent ? parent.newPage(options) : parent.newPage());
  page.setDefaultTimeout(SLOW_TEST_MS);
  return page;
}

/** Collects the errors and warnings of a page. */
export function complaintsOf(page: Page): string[] {
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  return complaints;
}

/** Makes the processor of a page so many times slower. */
export async function throttle(page: Page, rate: number): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send('Emulation.setCPUThrottlingRate', { rate });
}

/** Bytes that live objects of a page take, after a collection. */
export async function heapOf(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  await session.detach();
  return usedSize;
}
