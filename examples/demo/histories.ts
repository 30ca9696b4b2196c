import type { MarkToMarket } from 'tickmark';
import { History } from './history.js';

/** Values of portfolios since the start, so that a page that opens later has a chart at once. */
export class Histories {
  readonly #histories: ReadonlyMap<string, History>;
  readonly #timer: NodeJS.Timeout;

  constructor(marking: MarkToMarket, ids: readonly string[]) {
    this.#histories = new Map(ids.map((id) => [id, new History()]));
    this.#timer = setInterval(() => {
      for (const [id, history] of this.#histories) {
        const value = marking.value(id);
        if (!value || value.positions.every(({ price }) => price === null)) continue;
        const { marketValue, unrealizedPnl } = value.priced;
        history.add([Date.now(), marketValue.toNumber(), unrealizedPnl.toNumber()]);
      }
    }, 1000);
  }

  toJSON(): Readonly<Record<string, History>> {
    return Object.fromEntries(this.#histories);
  }

  close(): void {
    clearInterval(this.#timer);
  }
}
