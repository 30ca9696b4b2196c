// npm run demo: portfolios in a browser, live. See --help.
import { markToMarket } from 'tickmark';
import { listen, untilTime, type Stopping } from '../quickstart/stopping.js';
import { HELP, UsageError, readArguments, type DemoOptions } from './arguments.js';
import { openMarket } from './market.js';
import { buildPage } from './page-build.js';
import { openSite } from './site.js';
import { openStores, savePortfolios } from './stores.js';

async function run(options: DemoOptions, stopping: Stopping): Promise<void> {
  let isBuilding = true;
  const files = buildPage().finally(() => (isBuilding = false));
  // The code that awaits it reports the error.
  files.catch(() => undefined);
  const market = await openMarket(options, stopping.signal);
  if (!market) return;
  const stores = await openStores(process.env, market.kind === 'recorded');
  const { repository, bus, lock, names: storeNames } = stores;
  try {
    await savePortfolios(repository, market.portfolios);
    const { stream, fx } = market;
    const { signal } = stopping;
    // Oil traded at -37.63 in April 2020, and a recording is played unchanged.
    const marking = await markToMarket({ stream, repository, bus, lock, fx, signal, allowNonPositive: true });
    try {
      const site = await openSite({ port: options.port, marking, market, storeNames, files });
      try {
        await Promise.race([files, stopping.stopped]);
        if (!signal.aborted) process.stdout.write(`tickmark demo: ${site.url}  (Ctrl-C ends it)\n`);
        await (options.seconds === null ? stopping.stopped : untilTime(options.seconds, stopping));
      } finally {
        await site.close();
      }
    } finally {
      await marking.close({ timeoutMs: 300 });
    }
  } finally {
    await stores.close();
    // Vite cannot be stopped, and its result is no longer needed.
    if (isBuilding && stopping.signal.aborted) process.exit();
  }
}

async function main(given: readonly string[]): Promise<number> {
  const options = readArguments(given);
  if (options.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const stopping = listen(() => undefined);
  try {
    await run(options, stopping);
    return 0;
  } catch (error) {
    if (stopping.signal.aborted) return 0;
    throw error;
  } finally {
    stopping.release();
  }
}

// Only the exit code is set: nothing is left running, so the process ends by itself.
process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`demo: ${error instanceof Error ? error.message : String(error)}\n`);
  if (!(error instanceof UsageError)) return 1;
  process.stderr.write('Try: npm run demo -- --help\n');
  return 2;
});
