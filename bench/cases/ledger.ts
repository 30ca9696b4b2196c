import type { CostMethod } from '../../src/core/portfolio/ledger/cost-method.js';
import { Portfolio } from '../../src/core/portfolio/portfolio.js';
import { compare, mapSpread, timesFaster, type Bench } from '../harness.js';
import { PlainLedger } from '../peers/plain-ledger.js';
import type { OwnWork } from '../processor-time.js';
import type { CaseReport, Figure, Ratio } from '../report.js';
import { jsonTrades, type JsonTrade } from '../trades.js';

const METHODS = ['average', 'fifo'] as const;
const ENTRIES = 1_000_000;
const FLOOR = 500;

const ours = (method: CostMethod) => `Portfolio.replay, ${method}`;
const theirs = (method: CostMethod) => `decimal.js, ${method}, nothing checked`;

/** How long a ledger takes to become holdings. */
export async function ledger(bench: Bench): Promise<CaseReport> {
  const trades = jsonTrades(bench.quick ? 50_000 : ENTRIES);
  // decimal.js needs no more to show its pace, and the case would take minutes.
  const some = trades.slice(0, trades.length / 10);
  for (const method of METHODS) checkAgreement(method, some);
  const timings = await compare(
    bench,
    METHODS.flatMap((method) => [
      { name: ours(method), round: () => replayed(method, trades).entryCount },
      { name: theirs(method), round: () => (plainly(method, some), some.length) },
    ]),
  );
  const figures = [...timings].map(([name, time]): Figure => {
    return { group: 'entries', name, unit: 'k entries/s', ...mapSpread(time, (ns) => 1e6 / ns) };
  });
  const ratios = METHODS.flatMap((method): Ratio[] => [
    {
      name: ours(method),
      value: 1e6 / timings.get(ours(method))!.median,
      unit: 'k entries/s',
      floor: FLOOR,
    },
    {
      name: `${ours(method)} / decimal.js`,
      value: timesFaster(timings, ours(method), theirs(method)),
      unit: 'x',
    },
  ]);
  const measured = `${trades.length.toLocaleString('en')} trades of 50 symbols, objects with amounts as strings, read, checked and applied`;
  return { measured, figures, ratios };
}

/** The work of tickmark alone. */
export function ledgerWork(bench: Bench): Promise<OwnWork> {
  const trades = jsonTrades(bench.quick ? 5_000 : 50_000);
  const parts = METHODS.map((method) => ({
    name: `entries replayed: ${method}`,
    operation: 'entry',
    round: () => replayed(method, trades).entryCount,
  }));
  return Promise.resolve({
    measured: `${trades.length} trades of 50 symbols replayed`,
    parts,
    close: () => Promise.resolve(),
  });
}

function replayed(costMethod: CostMethod, trades: readonly JsonTrade[]): Portfolio {
  return Portfolio.replay({ id: 'bench', currency: 'USD', costMethod }, trades);
}

function plainly(costMethod: CostMethod, trades: readonly JsonTrade[]): PlainLedger {
  const ledger = new PlainLedger(costMethod);
  for (const trade of trades) ledger.apply(trade);
  return ledger;
}

// A faster answer that is another answer would be worth nothing.
function checkAgreement(method: CostMethod, trades: readonly JsonTrade[]): void {
  const [portfolio, plain] = [replayed(method, trades), plainly(method, trades)];
  const pairs = [
    [portfolio.realizedPnl.get('USD'), plain.realized],
    [portfolio.cash.get('USD'), plain.cash],
    [
      portfolio.position(trades[0]!.symbol)?.quantity,
      plain.holdings
        .get(trades[0]!.symbol)!
        .lots.reduce((sum, { quantity }) => quantity.plus(sum), plain.cash.times(0)),
    ],
  ] as const;
  for (const [a, b] of pairs)
    if (String(a) !== b.toFixed()) throw new Error(`${method}: ${String(a)} is not ${b.toFixed()}`);
}
