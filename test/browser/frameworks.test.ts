import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DESK } from '../gateway/rig/gateway-rig.js';
import { HUNG_AFTER_MS } from '../waiting.js';
import { canUseChromium, complaintsOf, launchChromium, openPage } from './chromium.js';
import { FrameworkApp } from './framework-app.js';
import { FRAMEWORKS, canUseFramework } from './frameworks.js';
import { LiveSite } from './live-site.js';

// The samples of examples/frameworks as they are, rendered by the servers of Next and Nuxt.

const installed = FRAMEWORKS.filter(canUseFramework);

describe.skipIf(!canUseChromium() || installed.length === 0).each(installed)(
  'the sample of %s',
  (framework) => {
    let browser: Browser;
    let site: LiveSite;
    let values: Server;
    let app: FrameworkApp;

    beforeAll(async () => {
      site = await LiveSite.start({
        pages: {},
        portfolios: [DESK],
        gateway: { heartbeatMs: HUNG_AFTER_MS },
      });
      await site.prices({ ACME: '2', GLOBEX: '2' });
      // What a server asks for one value, as in examples/http-server.ts.
      values = createServer((request, response) => {
        const [, id] = /^\/portfolios\/(\w+)$/.exec(request.url!) ?? [];
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify(site.engine.book.value(id!)));
      });
      await new Promise<void>((resolve) => values.listen(0, '127.0.0.1', resolve));
      const live = site.url('live');
      const backend = `http://127.0.0.1:${(values.address() as AddressInfo).port}`;
      app = await FrameworkApp.start(framework, {
        VALUES: backend,
        NEXT_PUBLIC_LIVE: live,
        NUXT_VALUES: backend,
        NUXT_PUBLIC_LIVE: live,
      });
      await site.allow(app.origin);
      browser = await launchChromium();
    });

    afterAll(async () => {
      await browser?.close();
      await app?.close();
      values?.close();
      await site?.close();
    });

    it('has the value in its HTML, and subscribes to nothing on the server', async () => {
      for (let count = 0; count < 3; count++) {
        const response = await fetch(app.origin);
        const html = await response.text();
        expect([response.status, html]).toEqual([200, expect.stringContaining('300.00 USD')]);
        // Marks of React between two texts are no text.
        expect(html.replaceAll('<!-- -->', '')).toContain('<h1>300.00 USD</h1>');
      }
      expect(site.gateway.stats()).toMatchObject({ opened: 0, refused: {} });
    });

    it('hydrates without a warning, and is live then', async () => {
      // The first time, its server compiles what the browser asks for.
      const first = await openPage(browser);
      await first.goto(app.origin);
      await first.locator('[role=status]', { hasText: 'live' }).waitFor();
      await first.close();

      const page = await openPage(browser);
      const complaints = complaintsOf(page);
      await page.goto(app.origin);
      await page.locator('[role=status]', { hasText: 'live' }).waitFor();
      await page.locator('h1', { hasText: '300.00 USD' }).waitFor();
      await site.prices({ ACME: '3' });
      await page.locator('h1', { hasText: '400.00 USD' }).waitFor();
      await site.prices({ ACME: '2' });
      await page.locator('h1', { hasText: '300.00 USD' }).waitFor();
      expect(complaints).toEqual([]);
      expect(app.output).not.toMatch(/hydrat|mismatch/i);
      await page.close();
    });
  },
);
