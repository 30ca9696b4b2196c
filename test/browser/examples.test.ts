import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Child, nodeArguments } from '../examples/child.js';
import { canUseChromium, complaintsOf, launchChromium, openPage } from './chromium.js';

describe.skipIf(!canUseChromium())('the example app', () => {
  let browser: Browser;
  let app: Child;

  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());
  afterEach(async () => {
    app.process.kill('SIGTERM');
    expect(await app.outcome).toMatchObject({ code: 0, stderr: '' });
  });

  it.each(['vue', 'react'])('in %s shows live rows and their total', async (name) => {
    app = new Child(nodeArguments(`examples/${name}-app.ts`, false), { PORT: '0' });
    await app.printed('\n');
    const page = await openPage(browser);
    const complaints = complaintsOf(page);
    await page.goto(/http:\S+/.exec(app.stdout)![0]);
    await page.waitForFunction(() => document.querySelector('[role=status]')?.textContent === 'live');
    await page.waitForFunction(() => /\d/.test(document.querySelector('h1')?.textContent ?? ''));
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
