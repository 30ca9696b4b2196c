import { Activity, createElement } from 'react';
import { renderToString as renderReact } from 'react-dom/server';
import type { Browser } from 'playwright-core';
import { TickmarkClient } from 'tickmark/client';
import { TickmarkProvider } from 'tickmark/react';
import { tickmark } from 'tickmark/vue';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSSRApp } from 'vue';
import { renderToString as renderVue } from 'vue/server-renderer';
import { HUNG_AFTER_MS } from '../waiting.js';
import { canUseChromium, complaintsOf, launchChromium, openPage } from './chromium.js';
import { LiveSite } from './live-site.js';
import { bundlePage } from './page-bundle.js';
import { Lock as ReactLock } from './pages/lock-react.js';
import { Lock as VueLock } from './pages/lock-vue.js';

/** The same page as a server renders it. */
async function rendered(): Promise<Record<'vue' | 'react', string>> {
  const client = new TickmarkClient({ url: '/live' });
  const react = createElement(Activity, { mode: 'visible', children: createElement(ReactLock) });
  return {
    vue: await renderVue(createSSRApp(VueLock).use(tickmark(client))),
    react: renderReact(createElement(TickmarkProvider, { client }, react)),
  };
}

describe.skipIf(!canUseChromium())('a page that a server has rendered', () => {
  let browser: Browser;
  let site: LiveSite;
  let html: Record<'vue' | 'react', string>;

  beforeAll(async () => {
    html = await rendered();
    const pages = {
      vue: await bundlePage('hydration-vue.ts', 'development'),
      react: await bundlePage('hydration-react.tsx', 'development'),
    };
    site = await LiveSite.start({ pages, rendered: html, gateway: { heartbeatMs: HUNG_AFTER_MS } });
    await site.prices({ LOCK: '1' });
    browser = await launchChromium();
  });

  afterAll(async () => {
    await browser?.close();
    await site?.close();
  });

  it.each(['vue', 'react'] as const)(
    'hydrates late, with values that are live already: text and attributes are right, in %s',
    async (framework) => {
      const page = await openPage(browser);
      const complaints = complaintsOf(page);
      expect(html[framework]).toContain(
        'class="loading" disabled="" aria-busy="true"'.replace('=""', framework === 'vue' ? '' : '=""'),
      );
      await page.goto(site.url(framework));
      await page.locator('button.ready').waitFor();
      expect(await page.locator('#app').innerText()).toBe('1');
      const button = page.locator('button');
      expect(await button.isEnabled()).toBe(true);
      expect(await button.getAttribute('aria-busy')).not.toBe('true');
      await site.prices({ LOCK: '2' });
      await page.getByText('2▲').waitFor();
      await site.prices({ LOCK: '1' });
      await page.getByText('1▼').waitFor();
      expect(complaints).toEqual([]);
      await page.close();
    },
  );

  it('subscribes to nothing while React has hidden it, and has the newest value when it comes back', async () => {
    const page = await openPage(browser);
    const complaints = complaintsOf(page);
    await page.goto(site.url('react'));
    await page.locator('button.ready').waitFor();
    const topics = () => page.evaluate(() => window.client.getSnapshot().prices.size);
    expect(await topics()).toBe(1);
    await page.evaluate(() => window.show([]));
    await page.waitForFunction(() => window.client.getSnapshot().prices.size === 0);
    await site.prices({ LOCK: '5' });
    await page.evaluate(() => window.show(['lock']));
    await page.getByText('5▲').waitFor();
    await site.prices({ LOCK: '1' });
    expect(complaints).toEqual([]);
    await page.close();
  });
});
