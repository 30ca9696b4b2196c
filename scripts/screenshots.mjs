// npm run screenshots: pictures of the demo for the README, into docs/images. Wants Chromium, or TICKMARK_CHROMIUM=/path/to/it.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { root } from './run-typescript.mjs';

const PATHS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const executablePath = process.env.TICKMARK_CHROMIUM ?? PATHS.find((each) => existsSync(each));
const WIDE = { width: 1280, height: 900 };
const SHOTS = [
  { name: 'demo-light', colorScheme: 'light', viewport: WIDE },
  { name: 'demo-dark', colorScheme: 'dark', viewport: WIDE, portfolio: 'long-short' },
  {
    name: 'demo-phone',
    colorScheme: 'light',
    viewport: { width: 390, height: 844 },
    portfolio: 'new-issues',
  },
  { name: 'demo-error', colorScheme: 'light', viewport: WIDE, isCut: true },
];
// Long enough for the chart to have a shape.
const WARM_UP_MS = 1000 * Number(process.argv[2] ?? 45);

if (!executablePath) {
  console.error('There is no Chromium: apt-get install chromium, or TICKMARK_CHROMIUM=/path/to/chromium');
  process.exit(1);
}
const demo = spawn(process.execPath, ['--import', 'tsx', 'examples/demo/main.ts'], {
  cwd: fileURLToPath(root),
  stdio: ['ignore', 'pipe', 'inherit'],
  env: { ...process.env, TICKMARK_POSTGRES_URL: '', TICKMARK_REDIS_URL: '' },
});
const browser = await chromium.launch({
  executablePath,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic'],
});
try {
  const url = await addressOf(demo);
  await new Promise((resolve) => setTimeout(resolve, WARM_UP_MS));
  mkdirSync(new URL('docs/images/', root), { recursive: true });
  for (const shot of SHOTS) await take(shot, url);
} finally {
  await browser.close();
  demo.kill('SIGCONT');
  demo.kill('SIGTERM');
}

async function addressOf(child) {
  for await (const line of createInterface({ input: child.stdout })) {
    const [url] = /http:\S+/.exec(line) ?? [];
    if (url) return url;
  }
  throw new Error('The demo has ended without an address.');
}

async function take({ name, colorScheme, viewport, portfolio = 'growth', isCut = false }, url) {
  const context = await browser.newContext({ colorScheme, viewport, locale: 'en-GB' });
  const page = await context.newPage();
  await page.goto(`${url}/#${portfolio}`);
  await page.locator('tbody tr').first().waitFor();
  await page.locator('.u-wrap').waitFor();
  // A server that has stopped to answer, as far as the page can tell.
  if (isCut) demo.kill('SIGSTOP');
  if (isCut) await page.locator('[data-test=trouble]').waitFor();
  await page.waitForTimeout(1000);
  const path = fileURLToPath(new URL(`docs/images/${name}.png`, root));
  await page.screenshot({ path });
  console.log(path);
  if (isCut) demo.kill('SIGCONT');
  await context.close();
}
