import type { FakeClock } from 'tickmark/conformance';
import { ScriptedTransport, type ScriptedConnection } from '../connection/scripted-transport.js';

/** A venue of Binance's protocol without a network, on a fake clock. */
export class MemoryBinance {
  readonly transport: ScriptedTransport;
  readonly #clock: FakeClock;
  readonly #streams = new Map<ScriptedConnection, Map<string, number>>();
  readonly #read = new Map<ScriptedConnection, number>();
  /** When connections were asked for. */
  readonly attempts: number[] = [];
  /** What happens to the next connections. */
  behaviour: 'accept' | 'ignore' | 'refuse' | 'accept and close' = 'accept';
  closeWith: { code?: number; status?: number; retryAfterMs?: number } = {};
  /** Whether requests are answered; ones for symbols that are not, are lost. */
  answers = true;
  readonly refused = new Set<string>();
  /** Connections that are open and over which nothing comes any more. */
  readonly dead = new Set<ScriptedConnection>();
  readonly #tradeIds = new Map<string, number>();
  #isOver = false;

  constructor(clock: FakeClock) {
    this.#clock = clock;
    this.transport = new ScriptedTransport((connection) => {
      this.attempts.push(clock.monotonic());
      const { behaviour } = this;
      if (behaviour === 'ignore') return;
      clock.setTimer(() => {
        if (connection.isClosed) return;
        if (behaviour === 'refuse') return connection.drop(this.closeWith);
        this.#streams.set(connection, new Map());
        if (behaviour === 'accept')
          connection.onSent = () => clock.setTimer(() => this.#listen(connection), 5);
        connection.open();
        if (behaviour === 'accept and close' && !connection.isClosed) connection.drop(this.closeWith);
      }, 5);
    });
  }

  get live(): readonly ScriptedConnection[] {
    return this.transport.live;
  }

  /** Stops listening, so that no timer is left. */
  stop(): void {
    this.#isOver = true;
  }

  /** How often each symbol is subscribed at live connections. */
  table(): Map<string, number> {
    const table = new Map<string, number>();
    for (const connection of this.live) {
      for (const [symbol, count] of this.#streams.get(connection) ?? []) {
        if (count > 0) table.set(symbol, (table.get(symbol) ?? 0) + count);
      }
    }
    return table;
  }

  /** Lets a connection die without a word. */
  kill(connection: ScriptedConnection): void {
    connection.answersPings = false;
    this.dead.add(connection);
  }

  /** Sends a trade over every live connection that asked for it, or over one. */
  trade(symbol: string, price = 1, over: readonly ScriptedConnection[] = this.live): void {
    const t = (this.#tradeIds.get(symbol) ?? 0) + 1;
    this.#tradeIds.set(symbol, t);
    const T = this.#clock.now();
    const p = price.toFixed(8);
    const frame = JSON.stringify({ e: 'trade', E: T, s: symbol, t, p, q: '1.0', T, m: true, M: true });
    for (const connection of over) {
      if (!connection.isClosed && !this.dead.has(connection) && this.#streams.get(connection)?.get(symbol))
        connection.frame(frame);
    }
  }

  #listen(connection: ScriptedConnection): void {
    if (connection.isClosed || this.#isOver) return;
    const from = this.#read.get(connection) ?? 0;
    this.#read.set(connection, connection.sent.length);
    for (const text of connection.sent.slice(from)) this.#answer(connection, text);
  }

  #answer(connection: ScriptedConnection, text: string): void {
    if (connection.isClosed || this.dead.has(connection)) return;
    const { method, params, id } = JSON.parse(text) as { method: string; params: string[]; id: number };
    const symbols = params
      .filter((each) => each.endsWith('@trade'))
      .map((each) => each.slice(0, -6).toUpperCase());
    if (!this.answers && method === 'SUBSCRIBE') return;
    if (method === 'SUBSCRIBE' && symbols.some((symbol) => this.refused.has(symbol))) {
      return connection.frame(JSON.stringify({ code: 2, msg: 'Invalid request: unknown', id }));
    }
    const streams = this.#streams.get(connection)!;
    for (const symbol of symbols) {
      streams.set(symbol, method === 'SUBSCRIBE' ? (streams.get(symbol) ?? 0) + 1 : 0);
    }
    if (this.answers) connection.frame(JSON.stringify({ result: null, id }));
  }
}
