import type { KafkaClients, KafkaConsumer, KafkaRecord } from 'tickmark/kafka';
import { pause } from '../../test/waiting.js';

/** The value of one portfolio. */
export interface ReadValue {
  readonly portfolio: number;
  readonly units: number;
}

/** Reads the values of a record, in units of the contender. */
export type ValueDecoder = (record: KafkaRecord, place: { topic: string; partition: number }) => ReadValue[];

/** A contender did not arrive at the right values. */
export class WrongValues extends Error {}

interface Arrival {
  readonly at: number;
  readonly record: KafkaRecord;
  readonly place: { readonly topic: string; readonly partition: number };
}

const QUIET_MS = 300;
const SESSION_MS = 300_000;

/**
 * Reads a topic of values. While prices come as fast as they are taken it only notes when which record came: reading what is in them would
 * take processor time from the contender.
 */
export class ValueWatch {
  readonly #consumer: KafkaConsumer;
  readonly #topic: string;
  readonly #decode: ValueDecoder;
  /** The last value of each portfolio; NaN before the first. */
  readonly #last: Float64Array;
  #arrivals: Arrival[] = [];
  #lastAt = 0;
  #isDecoding = false;
  #interrupted = '';
  #onValue: ((value: ReadValue, at: number) => void) | null = null;
  records = 0;
  /** How many values were read. */
  values = 0;

  constructor(
    clients: KafkaClients,
    { topic, portfolios, decode }: { topic: string; portfolios: number; decode: ValueDecoder },
  ) {
    // It commits nothing: whoever throws it out of its group makes it read everything again.
    const sessionTimeout = SESSION_MS;
    this.#consumer = clients.consumer({ groupId: `${topic}.watch`, sessionTimeout, maxWaitTimeInMs: 1_000 });
    for (const event of ['consumer.rebalancing', 'consumer.crash'])
      this.#consumer.on!(event, ({ payload }) => {
        const { error } = (payload ?? {}) as { error?: Error };
        this.#interrupted = ` Its reader was interrupted: ${event} ${error?.message ?? ''}`;
      });
    this.#topic = topic;
    this.#decode = decode;
    this.#last = new Float64Array(portfolios).fill(NaN);
  }

  async start(): Promise<void> {
    await this.#consumer.connect();
    await this.#consumer.subscribe({ topics: [this.#topic], fromBeginning: true });
    await this.#consumer.run({
      eachBatchAutoResolve: false,
      autoCommit: false,
      eachBatch: ({ batch: { topic, partition, messages }, resolveOffset }) => {
        const at = performance.now();
        this.#lastAt = at;
        this.records += messages.length;
        const place = { topic, partition };
        for (const record of messages) {
          if (this.#isDecoding) this.#take(record, place, at);
          else this.#arrivals.push({ at, record, place });
        }
        resolveOffset(messages.at(-1)!.offset);
        return Promise.resolve();
      },
    });
  }

  /**
   * Waits until the last value of every portfolio is what it has to be. Resolves with when the last of them came (`performance.now()`).
   * @throws WrongValues when no record comes for `patienceMs`, and values are missing.
   */
  async settled(expected: (portfolio: number) => number, patienceMs: number): Promise<number> {
    this.#lastAt = Math.max(this.#lastAt, performance.now());
    for (;;) {
      const quietFor = performance.now() - this.#lastAt;
      if (quietFor >= QUIET_MS) {
        const at = this.#readArrivals();
        const wrong = this.#wrong(expected);
        if (wrong.length === 0) return at;
        if (quietFor > patienceMs) throw new WrongValues(this.#describe(wrong, expected));
      }
      await pause(QUIET_MS / 3);
    }
  }

  /** Runs some work while each value is read as it comes. */
  async whileDecoding(
    onValue: (value: ReadValue, at: number) => void,
    work: () => Promise<void>,
  ): Promise<void> {
    this.#readArrivals();
    this.#isDecoding = true;
    this.#onValue = onValue;
    try {
      await work();
    } finally {
      this.#isDecoding = false;
      this.#onValue = null;
    }
  }

  /** The last value of a portfolio. */
  last(portfolio: number): number {
    return this.#last[portfolio]!;
  }

  /** What has gone wrong with reading; empty if nothing has. */
  get interrupted(): string {
    return this.#interrupted;
  }

  async close(): Promise<void> {
    await this.#consumer.disconnect();
  }

  #take(record: KafkaRecord, place: Arrival['place'], at: number): void {
    for (const value of this.#decode(record, place)) {
      this.values++;
      this.#last[value.portfolio] = value.units;
      this.#onValue?.(value, at);
    }
  }

  // Backwards, since only the last value of a portfolio is compared. Answers when the last of these came.
  #readArrivals(): number {
    const arrivals = this.#arrivals;
    this.#arrivals = [];
    const seen = new Uint8Array(this.#last.length);
    let lastAt = 0;
    for (let n = arrivals.length - 1; n >= 0; n--) {
      const { record, place, at } = arrivals[n]!;
      for (const { portfolio, units } of this.#decode(record, place).reverse()) {
        this.values++;
        if (seen[portfolio] === 1) continue;
        seen[portfolio] = 1;
        this.#last[portfolio] = units;
        lastAt = Math.max(lastAt, at);
      }
    }
    return lastAt;
  }

  #wrong(expected: (portfolio: number) => number): number[] {
    return [...this.#last.keys()].filter((portfolio) => this.#last[portfolio] !== expected(portfolio));
  }

  #describe(wrong: readonly number[], expected: (portfolio: number) => number): string {
    const [first] = wrong as [number];
    return `${this.#topic}: ${wrong.length} portfolios have another value than they have to: number ${first} has ${this.last(first)} instead of ${expected(first)}.${this.#interrupted}`;
  }
}
