import type { FakeClock } from '../../../../src/conformance/fake-clock.js';
import { TickmarkError, type TickmarkErrorOptions } from '../../../../src/core/errors.js';
import type { PriceStreamAdapter } from '../../../../src/core/streams/price-stream-adapter.js';
import type { PriceStreamLink } from '../../../../src/core/streams/price-stream-link.js';
import { priceStream } from '../../../../src/core/streams/price-stream.js';

/** A stream whose link is broken, restored and closed by the test. It delivers what it is subscribed to. */
export class ScriptedStream {
  readonly adapter: PriceStreamAdapter;
  /** Errors of the next connections; each is used once. */
  readonly connectErrors: TickmarkError[] = [];
  /** Errors of the next subscriptions; each is used once. */
  readonly subscribeErrors: TickmarkError[] = [];
  readonly calls: string[] = [];
  readonly #clock: FakeClock;
  #link: PriceStreamLink | undefined;
  #brokenAt = 0;

  constructor(clock: FakeClock, maxSymbols = Infinity) {
    this.#clock = clock;
    this.adapter = priceStream({
      name: 'Scripted',
      clock,
      maxSymbols,
      connect: (link) => {
        this.calls.push('connect');
        const error = this.connectErrors.shift();
        if (error) throw error;
        this.#link = link;
        return {
          subscribe: (symbols) => {
            this.calls.push(`subscribe ${symbols.join()}`);
            const refusal = this.subscribeErrors.shift();
            if (refusal) throw refusal;
          },
          unsubscribe: (symbols) => void this.calls.push(`unsubscribe ${symbols.join()}`),
          stop: () => {
            this.calls.push('stop');
            this.#link = undefined;
          },
        };
      },
    });
  }

  get link(): PriceStreamLink | undefined {
    return this.#link;
  }

  /** Sends a price of the current time. */
  send(symbol: string, price: number): void {
    this.#link?.deliver({ symbol, price, timestamp: this.#clock.now() });
  }

  break(): void {
    this.#brokenAt = this.#clock.now();
    this.#link?.reconnecting(1, this.#brokenAt + 1000);
  }

  restore(): void {
    const symbols = this.adapter.getSubscribedSymbols();
    this.#link?.restored();
    const to = this.#clock.now();
    this.#link?.deliver({
      type: 'gap',
      from: this.#brokenAt,
      to,
      symbols,
      reason: 'disconnect',
      recovered: false,
    });
  }

  fail(message = 'the venue has closed'): void {
    this.#link?.fail(failure(message));
  }
}

export function failure(message: string, options: TickmarkErrorOptions = {}): TickmarkError {
  return new TickmarkError('STREAM_FAILED', message, options);
}
