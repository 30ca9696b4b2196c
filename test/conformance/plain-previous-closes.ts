import type {
  PreviousClose,
  PreviousCloses,
  PreviousClosesRequest,
} from '../../src/core/calendars/previous-closes.js';

/** A good source of previous closes: each of its rules is a method, so that a test can break one. */
export class PlainPreviousCloses implements PreviousCloses {
  protected readonly known: PreviousClose[] = [];
  #stalled: Promise<never> | undefined;

  /** Closes that come later follow those that came before. */
  put(closes: readonly PreviousClose[]): void {
    this.known.push(...closes.map((close) => ({ ...close })));
  }

  /** Calls wait from now on. */
  stall(): void {
    this.#stalled = new Promise(() => undefined);
  }

  async load(symbols: readonly string[], request: PreviousClosesRequest): Promise<readonly PreviousClose[]> {
    if (this.#stalled) await this.wait(this.#stalled, request.signal);
    // A later turn, as over a network.
    await Promise.resolve();
    return symbols.flatMap((symbol) => this.closeOf(symbol, request.at) ?? []);
  }

  protected closeOf(symbol: string, at: number): PreviousClose | undefined {
    const newest = this.newest(
      this.known.filter((each) => this.isOf(symbol, each) && this.isBefore(each, at)),
    );
    return newest && this.copy(newest);
  }

  protected isOf(symbol: string, close: PreviousClose): boolean {
    return close.symbol === symbol;
  }

  protected isBefore({ closedAt }: PreviousClose, at: number): boolean {
    return closedAt <= at;
  }

  protected newest(closes: readonly PreviousClose[]): PreviousClose | undefined {
    return [...closes].sort((one, other) => other.closedAt - one.closedAt)[0];
  }

  protected copy(close: PreviousClose): PreviousClose {
    return { ...close };
  }

  protected wait(stalled: Promise<never>, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(new Error('aborted')), { once: true });
      stalled.then(resolve, reject);
    });
  }
}
