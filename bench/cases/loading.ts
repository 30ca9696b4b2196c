import type { PortfolioRepository } from '../../src/core/portfolio/portfolio-repository.js';
import { Portfolio } from '../../src/core/portfolio/portfolio.js';
import { compare, mapSpread, type Bench, type Contender } from '../harness.js';
import type { OwnWork, Unmeasurable } from '../processor-time.js';
import type { CaseReport, Figure } from '../report.js';
import { missing, postgresWith, sqlite } from '../stores.js';
import { jsonTrades } from '../trades.js';
import { World } from '../world.js';

const ENTRIES = 100_000;
const MEASURED = `a portfolio loaded whose ledger has ${ENTRIES.toLocaleString('en')} trades of 50 symbols in ten years, FIFO`;
const CEILING_MS = 20;

/** A store with the portfolio in it. */
interface Store {
  readonly name: string;
  readonly repository: PortfolioRepository;
  close(): Promise<void>;
}

/** How long it takes to load a portfolio with a long ledger. */
export async function loading(bench: Bench): Promise<CaseReport> {
  const stores = await opened();
  if (stores instanceof Error) return missing(MEASURED, stores);
  const timings = await compare(
    bench,
    stores.flatMap(({ name, repository }): Contender[] => [
      { name, round: () => loaded(repository) },
      { name: `${name}, all entries`, round: () => loaded(repository, 'whole') },
    ]),
  );
  for (const { close } of stores) await close();
  const figures = [...timings].map(([name, time]): Figure => {
    return { group: 'load()', name, unit: 'ms', ...mapSpread(time, (ns) => ns / 1e6) };
  });
  return {
    measured: MEASURED,
    figures,
    ratios: stores.map(({ name }) => ({
      name: `load() from ${name}`,
      value: timings.get(name)!.median / 1e6,
      unit: 'ms',
      floor: CEILING_MS,
      isCeiling: true,
    })),
  };
}

/** The work of tickmark alone; the server's own time does not count. */
export async function loadingWork(): Promise<OwnWork | Unmeasurable> {
  const stores = await opened();
  if (stores instanceof Error) return { measured: MEASURED, void: stores.message };
  return {
    measured: MEASURED,
    parts: stores.map(({ name, repository }) => ({
      name: `loaded from ${name}`,
      operation: 'portfolio',
      round: async () => {
        for (let n = 0; n < LOADS; n++) await loaded(repository);
        return LOADS;
      },
    })),
    close: async () => {
      for (const { close } of stores) await close();
    },
  };
}

const LOADS = 10;

async function opened(): Promise<Store[] | Error> {
  const stores: Store[] = [];
  try {
    stores.push({ name: 'PostgreSQL', ...(await postgresWith(new World(0, 1))) });
    stores.push({ name: 'SQLite', ...(await sqlite()) });
    for (const { repository } of stores) await fill(repository);
    return stores;
  } catch (error) {
    for (const { close } of stores) await close();
    return error as Error;
  }
}

// The last entries are in no snapshot: as many as there may be, a few less than a 128th.
async function fill(repository: PortfolioRepository): Promise<void> {
  const trades = jsonTrades(ENTRIES);
  const later = trades.splice(ENTRIES - ENTRIES / 130);
  let portfolio = await repository.save(
    Portfolio.replay({ id: 'bench', currency: 'USD', costMethod: 'fifo' }, trades),
  );
  for (let at = 0; at < later.length; at += 100)
    portfolio = await repository.save(portfolio.apply(later.slice(at, at + 100)));
}

async function loaded(repository: PortfolioRepository, ledger?: 'whole'): Promise<number> {
  const portfolio = await repository.load('bench', { ledger });
  if (portfolio?.entryCount !== ENTRIES) throw new Error('Some entries are missing.');
  return 1;
}
