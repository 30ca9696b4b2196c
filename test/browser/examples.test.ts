import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { canUseChromium, complaintsOf, launchChromium } from './chromium.js';

const hasBrowser = canUseChromium();
const root = fileURLToPath(new URL('../../', import.meta.url));

describe.skipIf(!hasBrowser)('the example app', () => {
  let browser: Browser;
  let child: ChildProcess | undefined;

  beforeAll(async () => {
    browser = await launchChromium();
  }, 60_000);
  afterAll(() => browser?.close());
  afterEach(async () => {
    if (!child || child.exitCode !== null) return;
    child.kill('SIGTERM');
    await once(child, 'exit');
  });

  it.each(['vue', 'react'])('in %s shows live rows, and their total', { timeout: 120_000 }, async (name) => {
    child = spawn(process.execPath, ['--import', 'tsx', `examples/${name}-app.ts`], {
      cwd: root,
      env: { ...process.env, PORT: '0' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(child.stdout!, 'data')) as [Buffer];
    const page = await browser.newPage();
    const complaints = complaintsOf(page);
    await page.goto(/http:\S+/.exec(line.toString())![0]);
    await page.waitForFunction(() => document.querySelector('[role=status]')?.textContent === 'live');
    const total = () => page.textContent('h1');
    expect(await total()).toMatch(/^\d{2},\d{3}\.\d{2} USD$/);
    expect(await page.locator('tr').count()).toBe(3);
    const before = await total();
    await page.waitForFunction((text) => document.querySelector('h1')!.textContent !== text, before);
    await page.waitForSelector('td[class*="-"]');
    expect(complaints).toEqual([]);
    await page.close();
  });
});
