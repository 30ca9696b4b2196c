// npm run quickstart: portfolios valued from a stream of prices, made up or recorded. See --help.
import { TickmarkError } from 'tickmark';
import { HELP, UsageError, readArguments, type QuickstartOptions } from './arguments.js';
import { runJob } from './job.js';
import { outputFor, type Output } from './output.js';
import { FX, madeUpFeed, madeUpPortfolios } from './portfolios.js';
import { runReplay } from './replay/run-replay.js';
import { listen, untilTime, type Stopping } from './stopping.js';

async function runFeed(options: QuickstartOptions, output: Output, stopping: Stopping): Promise<number> {
  const { summary } = await runJob({
    stream: madeUpFeed(options.seed),
    portfolios: madeUpPortfolios(),
    fx: FX,
    output,
    over: () => untilTime(options.seconds, stopping),
  });
  output.end(summary);
  return 0;
}

async function main(given: readonly string[]): Promise<number> {
  const options = readArguments(given);
  if (options.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const output = outputFor(options.json, process.stdout, process.env);
  const stopping = listen(() => output.close());
  try {
    const run = options.replay.length > 0 ? runReplay : runFeed;
    return await run(options, output, stopping);
  } finally {
    output.close();
    stopping.release();
  }
}

// Only the exit code is set: nothing is left running, so the process ends by itself.
process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`quickstart: ${error instanceof Error ? error.message : String(error)}\n`);
  if (error instanceof TickmarkError && error.code === 'MALFORMED_INPUT') {
    process.stderr.write(
      'On the command line the options are --format, --columns, --symbol, --time-unit, --time-zone and --date-order; see --help.\n',
    );
  }
  if (!(error instanceof UsageError)) return 1;
  process.stderr.write('Try: npm run quickstart -- --help\n');
  return 2;
});
