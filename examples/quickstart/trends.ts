import type { Decimal } from 'tickmark';
import type { Row } from './rows.js';
import type { Trend } from './table.js';

/** Remembers the last direction of each value. */
export class Trends {
  readonly all = new Map<string, Trend>();
  readonly #last = new Map<string, Decimal>();

  note(rows: readonly Row[]): void {
    for (const { id, marketValue } of rows) {
      const move = marketValue.compare(this.#last.get(id) ?? marketValue);
      if (move !== 0) this.all.set(id, move > 0 ? 'up' : 'down');
      this.#last.set(id, marketValue);
    }
  }

  glyph(id: string): string {
    const trend = this.all.get(id);
    return trend === 'up' ? '▲' : trend === 'down' ? '▼' : ' ';
  }
}
