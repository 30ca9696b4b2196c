import type {
  CashRow,
  ClosedRow,
  PortfolioValue,
  PositionRow,
  PositionsValue,
} from '../../../src/protocol/values.js';
import type { MessageLog } from './stream-reader.js';

/** What a page knows of one portfolio, kept as PROTOCOL.md says, without code of the client. */
export class PortfolioPage {
  totals: PortfolioValue | undefined;
  rows = new Map<string, PositionRow>();
  closed = new Map<string, ClosedRow>();
  cash: readonly CashRow[] = [];
  /** How many values came whole, and how many as changes. */
  readonly came = { full: 0, changes: 0 };
  #read = 0;

  /** Applies the messages that a reader has got since. */
  take(reader: MessageLog): void {
    const messages = reader.messages.slice(this.#read);
    this.#read = reader.messages.length;
    for (const message of messages) {
      if (message.type !== 'snapshot' && message.type !== 'update') continue;
      for (const value of message.positions ?? []) this.#apply(value);
    }
  }

  /** Another connection: its messages are counted from the first. */
  reconnected(): void {
    this.#read = 0;
  }

  #apply({ portfolio, full, rows, removed, closed, cashBalances }: PositionsValue): void {
    this.came[full ? 'full' : 'changes']++;
    this.totals = portfolio;
    if (full) {
      this.rows = new Map();
      this.closed = new Map();
    }
    for (const symbol of removed) {
      this.rows.delete(symbol);
      this.closed.delete(symbol);
    }
    for (const row of rows) this.rows.set(row.symbol, row);
    for (const row of closed) this.closed.set(row.symbol, row);
    this.cash = cashBalances ?? this.cash;
  }
}
