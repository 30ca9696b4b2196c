import type { Clock, Timer } from '../../src/core/clock.js';
import { BasePriceStreamAdapter } from '../../src/core/streams/base-price-stream-adapter.js';
import type { BasePriceStreamAdapterOptions } from '../../src/core/streams/base-price-stream-adapter-options.js';
import type { PriceStreamLink } from '../../src/core/streams/price-stream-link.js';
import type { PriceUpdate } from '../../src/core/prices/price-update.js';
import { FakeClock } from '../../src/conformance/fake-clock.js';
import type { PriceStreamAdapterHarness } from '../../src/conformance/price-stream/price-stream-kit.js';

/** One connection, as the venue sees it. */
interface Connection {
  readonly symbols: string[];
  receive(update: PriceUpdate): void;
  broke(): void;
}

/** A venue that the test controls. Frames take 2 ms. */
export class ScriptedVenue {
  readonly clock: Clock;
  readonly connections = new Set<Connection>();
  isUp = true;
  /** Called with every price that the venue sends, subscribed or not. */
  onAnyPrice: (update: PriceUpdate) => void = () => undefined;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  send(update: PriceUpdate): void {
    this.onAnyPrice(update);
    if (!this.isUp) return;
    for (const connection of this.connections) {
      const copies = connection.symbols.filter((symbol) => symbol === update.symbol);
      for (let copy = 0; copy < copies.length; copy++) {
        this.clock.setTimer(() => this.connections.has(connection) && connection.receive(update), 2);
      }
    }
  }

  breakLink(): void {
    this.isUp = false;
    for (const connection of this.connections) connection.broke();
    this.connections.clear();
  }
}

/** Faults of a {@link ScriptedStream} after a break. Default: none. */
export interface ScriptedFaults {
  readonly hidesGaps?: boolean;
  readonly gapsLate?: boolean;
  readonly forgetsSymbols?: boolean;
  readonly resubscribesTwice?: boolean;
  readonly neverResetsAttempts?: boolean;
}

/** An adapter of {@link ScriptedVenue}, with reconnects every 20 ms. */
export class ScriptedStream extends BasePriceStreamAdapter {
  readonly venue: ScriptedVenue;
  readonly #faults: ScriptedFaults;
  #connection: Connection | undefined;
  #retry: Timer | undefined;
  #attempt = 0;
  #wholeUntil = 0;

  constructor(
    venue: ScriptedVenue,
    options: BasePriceStreamAdapterOptions = {},
    faults: ScriptedFaults = {},
  ) {
    super({ ...options, clock: venue.clock });
    this.venue = venue;
    this.#faults = faults;
  }

  protected override async openLink(link: PriceStreamLink): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#retry = this.clock.setTimer(resolve, 5);
      link.signal.addEventListener('abort', () => {
        this.#retry?.clear();
        reject(link.signal.reason as Error);
      });
    });
    if (!this.venue.isUp) throw new Error('the venue refuses connections');
    this.#join(link);
  }

  protected override closeLink(): void {
    this.#retry?.clear();
    if (this.#connection) this.venue.connections.delete(this.#connection);
    this.#connection = undefined;
  }

  protected override addSymbols(symbols: readonly string[]): void {
    this.#connection?.symbols.push(...symbols);
  }

  protected override removeSymbols(symbols: readonly string[]): void {
    const listed = this.#connection?.symbols ?? [];
    for (const symbol of symbols) {
      const at = listed.indexOf(symbol);
      if (at >= 0) listed.splice(at, 1);
    }
  }

  #join(link: PriceStreamLink, symbols: string[] = []): void {
    this.#wholeUntil = this.clock.now();
    this.#connection = {
      symbols,
      receive: (update) => {
        this.#wholeUntil = this.clock.now();
        link.deliver(update);
      },
      broke: () => this.#retryLater(link),
    };
    this.venue.connections.add(this.#connection);
  }

  #retryLater(link: PriceStreamLink): void {
    this.#connection = undefined;
    link.reconnecting(++this.#attempt, this.clock.now() + 20);
    this.#retry = this.clock.setTimer(() => {
      if (this.venue.isUp) this.#rejoin(link);
      else this.#retryLater(link);
    }, 20);
  }

  #rejoin(link: PriceStreamLink): void {
    const { hidesGaps, gapsLate, forgetsSymbols, resubscribesTwice, neverResetsAttempts } = this.#faults;
    const from = this.#wholeUntil;
    const symbols = this.getSubscribedSymbols();
    if (!neverResetsAttempts) this.#attempt = 0;
    this.#join(link, forgetsSymbols ? [] : [...symbols, ...(resubscribesTwice ? symbols : [])]);
    link.restored();
    if (hidesGaps || symbols.length === 0) return;
    const to = this.clock.now();
    const tell = (): void =>
      link.deliver({ type: 'gap', from, to, symbols, reason: 'disconnect', recovered: true });
    if (gapsLate) this.#retry = this.clock.setTimer(tell, 10);
    else tell();
  }
}

/** A harness of a scripted stream, on a fake clock unless another is given. */
export function scriptedHarness(
  Stream: new (venue: ScriptedVenue, options: BasePriceStreamAdapterOptions) => ScriptedStream,
  clock: Clock = new FakeClock(),
): PriceStreamAdapterHarness {
  const venue = new ScriptedVenue(clock);
  return {
    adapter: new Stream(venue, { maxSymbols: 3 }),
    venue: {
      send: (update) => venue.send(update),
      breakLink: () => venue.breakLink(),
      restoreLink: () => void (venue.isUp = true),
      refuse: () => void (venue.isUp = false),
      accept: () => void (venue.isUp = true),
    },
    ...(clock instanceof FakeClock && {
      advance: (ms: number) => clock.advance(ms),
      pending: () => clock.pending,
    }),
  };
}
