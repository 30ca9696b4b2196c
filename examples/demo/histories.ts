import type { MarkToMarket } from 'tickmark';
import { History } from './history.js';

const SAMPLE_MS = 1000;

/** Values of portfolios since the start, so that a page that opens later has a chart at once. */
export class Histories {
  readonly #histories: ReadonlyMap<string, History>;
  readonly #timer: NodeJS.Timeout;

  constructor(marking: Pick<MarkToMarket, 'value'>, ids: readonly string[]) {
    this.#histories = new Map(ids.map((id) => [id, new History()]));
    this.#timer = setInterval(() => {
      for (const [id, history] of this.#histories) {
        const value = marking.value(id);
        if (!value) continue;
        // The known part of a value is no point of its curve.
        const { marketValue, unrealizedPnl } = value.complete
          ? value
          : { marketValue: null, unrealizedPnl: null };
        history.add([Date.now(), marketValue?.toNumber() ?? null, unrealizedPnl?.toNumber() ?? null]);
      }
    }, SAMPLE_MS);
  }

  toJSON(): Readonly<Record<string, History>> {
    return Object.fromEntries(this.#histories);
  }

  close(): void {
    clearInterval(this.#timer);
  }
}
