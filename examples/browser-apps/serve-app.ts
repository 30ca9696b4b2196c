import vue from '@vitejs/plugin-vue';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { InMemoryPortfolioRepository, MockPriceStreamAdapter, Portfolio, markToMarket } from 'tickmark';
import { Gateway, nodeHandler } from 'tickmark/gateway';
import { build, type Rollup } from 'vite';

const source = (path: string): string =>
  fileURLToPath(new URL(`../../src/${path}/index.ts`, import.meta.url));

/** Bundles an app with Vite, and returns its files by path. */
async function bundle(name: string): Promise<Map<string, string | Uint8Array>> {
  const output = (await build({
    root: fileURLToPath(new URL(name, import.meta.url)),
    configFile: false,
    logLevel: 'error',
    plugins: [vue()],
    resolve: {
      // In your app the package is found by its name.
      alias: ['client', 'vue', 'react'].map((each) => ({
        find: `tickmark/${each}`,
        replacement: source(each),
      })),
    },
    build: { write: false },
  })) as Rollup.RollupOutput;
  return new Map(
    output.output.map((file) => [`/${file.fileName}`, file.type === 'chunk' ? file.code : file.source]),
  );
}

const TYPES: Record<string, string> = { html: 'text/html', js: 'text/javascript', css: 'text/css' };

/**
 * Serves an app of this folder, with live values of a mock feed at `/live`: for a browser until Ctrl-C, at a terminal or where `PORT`
 * says at which port; elsewhere for as long as it takes to show that it works.
 */
export async function serveApp(name: 'vue' | 'react'): Promise<void> {
  const files = await bundle(name);
  const repository = new InMemoryPortfolioRepository();
  const positions = ['ACME', 'GLOBEX', 'INITECH'].map((symbol, index) => ({
    symbol,
    quantity: 100 * (index + 1),
    averageCost: '98.50',
  }));
  await repository.save(Portfolio.create({ id: 'desk', currency: 'USD', positions }));
  const stream = new MockPriceStreamAdapter({ startPrice: 100, volatility: 2 });
  const marking = await markToMarket({ stream, repository });
  // Your app authenticates here.
  const gateway = new Gateway({
    bus: marking.bus,
    values: marking,
    stream,
    authenticate: () => ({ subject: 'visitor' }),
    authorize: () => true,
  });
  const live = nodeHandler(gateway);
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url!, 'http://localhost');
    if (pathname === '/live') return live(request, response);
    const path = pathname === '/' ? '/index.html' : pathname;
    const file = files.get(path);
    if (file === undefined) return void response.writeHead(404).end();
    response.writeHead(200, { 'content-type': TYPES[path.split('.').at(-1)!] ?? 'text/plain' }).end(file);
  });
  const { PORT, CI } = process.env;
  const isWatched = PORT !== undefined || (process.stdout.isTTY && !CI);
  server.listen(isWatched ? Number(PORT ?? 5173) : 0, '127.0.0.1');
  await once(server, 'listening');
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  console.log(`The ${name} app is at ${address}`);

  if (isWatched) await Promise.race(['SIGINT', 'SIGTERM'].map((signal) => once(process, signal)));
  else await showThatItWorks(address);
  await stop(server, gateway);
  await marking.close();
}

/** Acts as a browser: loads the page and its script, and waits for a first value. */
async function showThatItWorks(address: string): Promise<void> {
  const page = await (await fetch(address)).text();
  const [, script] = /src="([^"]+\.js)"/.exec(page)!;
  const code = await (await fetch(new URL(script!, address))).text();
  console.log(`script: ${(code.length / 1024).toFixed(0)} KiB`);
  const headers = { 'sec-fetch-site': 'same-origin' };
  const answer = await fetch(new URL('/live?topic=portfolio:desk', address), { headers });
  const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
  let heard = '';
  let value: string | undefined;
  while (value === undefined) {
    heard += (await reader.read()).value ?? '';
    [, value] = /"marketValue":"([\d.]+)"/.exec(heard) ?? [];
  }
  console.log(`desk: ${value} USD`);
  await reader.cancel();
}

async function stop(server: Server, gateway: Gateway): Promise<void> {
  await gateway.close();
  server.close();
  server.closeAllConnections();
  await once(server, 'close');
}
