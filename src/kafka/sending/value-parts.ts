import type { PlainUnits, ValuedPortfolio, ValuedRow, ValuedRows } from '../../core/book/valued-rows.js';
import { PortfolioValuedBatch } from '../../core/engine/portfolio-valued-event.js';
import type { PortfolioTotals } from '../../core/portfolio/figures/portfolio-totals.js';
import { portfolioHash } from '../../core/shards/shard-of.js';

/** Some rows of a batch. */
class SelectedRows implements ValuedRows {
  readonly #rows: ValuedRows;
  readonly #selected: readonly number[];

  constructor(rows: ValuedRows, selected: readonly number[]) {
    this.#rows = rows;
    this.#selected = selected;
  }

  get length(): number {
    return this.#selected.length;
  }

  portfolio(row: number): ValuedPortfolio {
    return this.#rows.portfolio(this.#selected[row]!);
  }

  totals(row: number): PortfolioTotals {
    return this.#rows.totals(this.#selected[row]!);
  }

  row(row: number): ValuedRow {
    return this.#rows.row(this.#selected[row]!);
  }

  plainUnits(row: number, units: PlainUnits): boolean {
    return this.#rows.plainUnits?.(this.#selected[row]!, units) ?? false;
  }
}

/** The rows of a batch by the shard of their portfolio. */
export function rowsByShard(batch: PortfolioValuedBatch, shards: number): ReadonlyMap<number, number[]> {
  const rows = new Map<number, number[]>();
  for (let row = 0; row < batch.length; row++) {
    const { id, hash = portfolioHash(id) } = batch.rows.portfolio(row);
    const shard = hash % shards;
    const found = rows.get(shard);
    if (found) found.push(row);
    else rows.set(shard, [row]);
  }
  return rows;
}

/** Some rows of a batch, as a batch with an id of its own. */
export function partOf(
  { occurredAt, rows, valuations }: PortfolioValuedBatch,
  id: string,
  selected: readonly number[],
): PortfolioValuedBatch {
  const own = valuations && selected.map((row) => valuations[row]!);
  return new PortfolioValuedBatch(id, occurredAt, new SelectedRows(rows, selected), own);
}
