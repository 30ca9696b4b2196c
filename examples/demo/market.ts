import type { Portfolio, PriceStreamAdapter } from 'tickmark';
import { ReplayPriceStreamAdapter } from 'tickmark/replay';
import { FX, madeUpFeed, madeUpPortfolios } from '../quickstart/portfolios.js';
import { planFor } from '../quickstart/replay/plan.js';
import { rowsLines } from '../quickstart/replay/rows-report.js';
import { scan } from '../quickstart/replay/scan.js';
import type { DemoOptions } from './arguments.js';
import { withPastTrades } from './past-trades.js';

/** Prices, and portfolios that hold their symbols. */
export interface Market {
  readonly kind: 'made-up' | 'recorded';
  readonly stream: PriceStreamAdapter;
  readonly portfolios: readonly Portfolio[];
  readonly fx: readonly string[];
}

/** The requested market; `null` if the signal fired first. @throws Error for a recording that cannot be read. */
export async function openMarket(options: DemoOptions, signal: AbortSignal): Promise<Market | null> {
  const { replay: files, seed, speed } = options;
  if (files.length === 0)
    return {
      kind: 'made-up',
      stream: madeUpFeed(seed),
      portfolios: madeUpPortfolios().map((each) => withPastTrades(each, Date.now())),
      fx: FX,
    };
  const found = await scan(files, {}, signal, () => undefined);
  if (!found) return null;
  if (found.rows.refused > 0) process.stderr.write(`${rowsLines(found.rows).join('\n')}\n`);
  if (found.prices === 0) throw new Error(`no price can be read from ${files.join(', ')}`);
  // Prices count as received when they are played, so that their age starts then.
  const stream = new ReplayPriceStreamAdapter({ files, speed, receivedAt: 'now' });
  return { kind: 'recorded', stream, ...planFor(found) };
}
