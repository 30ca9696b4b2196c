import type { Live, TickmarkClient } from 'tickmark/client';

/** A live value that counts who listens. */
export class CountedLive<Snapshot> implements Live<Snapshot> {
  readonly listeners = new Set<() => void>();
  /** Subscriptions since the start. */
  subscribed = 0;
  #shown: Snapshot;
  readonly #atFirst: Snapshot;

  constructor(atFirst: Snapshot, shown = atFirst) {
    this.#atFirst = atFirst;
    this.#shown = shown;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    const each = (): void => listener();
    this.subscribed++;
    this.listeners.add(each);
    return () => void this.listeners.delete(each);
  };
  readonly getSnapshot = (): Snapshot => this.#shown;
  readonly getServerSnapshot = (): Snapshot => this.#atFirst;

  set(shown: Snapshot): void {
    this.#shown = shown;
    for (const listener of [...this.listeners]) listener();
  }
}

/** A client all of whose live values are one that counts. */
export function countedClient(live: CountedLive<unknown>): TickmarkClient {
  const give = () => live;
  return {
    connection: live,
    portfolio: give,
    positions: give,
    symbols: give,
    position: give,
    closedPositions: give,
    cashBalances: give,
    price: give,
  } as unknown as TickmarkClient;
}
