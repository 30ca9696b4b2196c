import { ReplayPriceStreamAdapter } from 'tickmark/replay';
import type { QuickstartOptions } from '../arguments.js';
import { runJob } from '../job.js';
import type { Output } from '../output.js';
import { lastPrices } from '../recomputation/last-prices.js';
import type { Stopping } from '../stopping.js';
import type { StoppedBy } from '../summary.js';
import { checkPortfolio } from './check.js';
import { planFor } from './plan.js';
import { ReplayClock } from './progress.js';
import { scan } from './scan.js';

/** Runs the job on recorded files, and at the end recomputes every value from the rows that could be used. @returns the exit code. */
export async function runReplay(
  { replay: files, reading, speed }: QuickstartOptions,
  output: Output,
  stopping: Stopping,
): Promise<number> {
  const found = await scan(files, reading, stopping.signal, (progress) => output.tell(progress));
  if (!found) {
    process.stderr.write('stopped while looking for symbols: nothing was replayed\n');
    return 0;
  }
  if (found.prices === 0) {
    output.rows(found.rows);
    throw new Error(`no row of ${files.join(', ')} can be used, so nothing was replayed`);
  }
  const { portfolios, fx } = planFor(found);
  // Prices count as received when they are played, so that their age starts then.
  const stream = new ReplayPriceStreamAdapter({ ...reading, files, speed, receivedAt: 'now' });
  const clock = new ReplayClock(found, speed);
  const { valuations, stored, summary } = await runJob({
    stream,
    portfolios,
    fx,
    output,
    over: () => Promise.race([stream.finished.then((): StoppedBy => 'end'), stopping.stopped]),
    progress: () => clock.text(stream.stats().messages),
  });
  const isWhole = summary.stoppedBy === 'end';
  if (isWhole) output.rows(found.rows);
  if (isWhole) output.tell('recomputing from the rows that were used');
  const written = isWhole ? await lastPrices(files, { ...reading, signal: stopping.signal }) : null;
  if (!written) {
    output.end(summary);
    return 0;
  }
  const checked = valuations.map((each) => {
    const record = stored.find(({ portfolioId }) => portfolioId === each.portfolioId);
    return checkPortfolio(each, record, written, fx);
  });
  const equal = checked.every((each) => each.equal);
  output.checked(checked);
  output.end({ ...summary, equal, rows: found.rows });
  return equal ? 0 : 1;
}
