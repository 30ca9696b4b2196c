import {
  InMemoryEventBus,
  InMemoryPortfolioRepository,
  Portfolio,
  PriceChangedBatch,
  type PortfolioInput,
  type TickmarkError,
} from 'tickmark';
import { MarkToMarketEngine } from 'tickmark/parts';
import { FakeClock } from 'tickmark/conformance';
import { Gateway, type GatewayOptions } from 'tickmark/gateway';
import { holdingsChanged } from '../../../src/core/portfolio/holdings-changed-event.js';
import { FakeSocket } from './fake-socket.js';
import { StreamReader } from './stream-reader.js';

const ORIGIN = 'https://app.example.com';

/** Options that a test may set. By default, everybody may see everything. */
export type RigOptions = Partial<GatewayOptions> & {
  readonly portfolios?: readonly PortfolioInput[];
  readonly busOf?: (clock: FakeClock) => InMemoryEventBus;
  /** Currency pairs that convert. */
  readonly fx?: readonly string[];
};

/** A gateway with a real engine, on a clock that the test advances. */
export class GatewayRig {
  readonly clock: FakeClock;
  readonly bus: InMemoryEventBus;
  readonly repository = new InMemoryPortfolioRepository();
  readonly engine: MarkToMarketEngine;
  readonly errors: TickmarkError[] = [];
  gateway: Gateway;
  readonly #options: RigOptions;

  private constructor(options: RigOptions, other?: GatewayRig) {
    this.#options = options;
    this.clock = other?.clock ?? new FakeClock();
    this.bus = other?.bus ?? options.busOf?.(this.clock) ?? new InMemoryEventBus({ clock: this.clock });
    const { clock, bus, repository } = this;
    this.engine = other?.engine ?? new MarkToMarketEngine({ bus, repository, clock, fx: options.fx ?? [] });
    this.gateway = new Gateway(this.options());
  }

  /** Another gateway on the same bus, as in another process. */
  static async beside(rig: GatewayRig): Promise<GatewayRig> {
    const other = new GatewayRig(rig.#options, rig);
    await rig.clock.settle();
    return other;
  }

  /** A rig with its engine filled. Portfolios default to one, `desk`: 100 ACME, 50 GLOBEX. */
  static async start(options: RigOptions = {}): Promise<GatewayRig> {
    const rig = new GatewayRig(options);
    for (const input of options.portfolios ?? [DESK]) await rig.repository.save(Portfolio.create(input));
    await rig.engine.start();
    await rig.clock.settle();
    return rig;
  }

  /** Replaces the gateway by a new one, as after a restart of its process. */
  async restart(): Promise<void> {
    await this.endGateway();
    this.gateway = new Gateway(this.options());
    await this.clock.settle();
  }

  /** Publishes prices of this moment to engine and gateway, and sends frames that are due. */
  async prices(prices: Readonly<Record<string, string>>): Promise<void> {
    const now = this.clock.now();
    const updates = Object.entries(prices).map(([symbol, price]) => ({ symbol, price, timestamp: now }));
    await this.bus.publish(PriceChangedBatch.ofUpdates(updates, now));
    await this.frame();
  }

  /** Changes the holdings of a portfolio, and waits until engine and gateway have them. */
  async change(portfolioId: string, change: (held: Portfolio) => Portfolio): Promise<void> {
    const changed = change((await this.repository.load(portfolioId))!);
    const { version } = await this.repository.save(changed);
    await this.bus.publish(holdingsChanged(portfolioId, version, 'saved', this.clock.now()));
    await this.clock.advance(200);
  }

  /** Sends the next frame. */
  frame(): Promise<void> {
    return this.clock.advance(50);
  }

  /** A request of a page of the allowed origin. */
  request(
    topics: readonly string[],
    more: Record<string, string> = {},
    headers: Record<string, string> = {},
  ): Request {
    const query = new URLSearchParams(more);
    for (const topic of topics) query.append('topic', topic);
    return new Request(`https://api.example.com/live?${query}`, { headers: { origin: ORIGIN, ...headers } });
  }

  /** Opens an event stream and keeps reading it. */
  async stream(...request: Parameters<GatewayRig['request']>): Promise<StreamReader> {
    const response = await this.gateway.handle(this.request(...request));
    if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`);
    const reader = new StreamReader(response).readAll();
    await this.clock.settle();
    return reader;
  }

  /** Opens a WebSocket. */
  socket(headers: Record<string, string> = {}): FakeSocket {
    const socket = new FakeSocket();
    this.gateway.open(socket, this.request([], {}, headers));
    return socket;
  }

  /** Waits for something that needs timers to fire. */
  async settled<T>(work: Promise<T>): Promise<T> {
    await this.clock.advance(1000);
    return work;
  }

  /** Ends only the gateway. */
  endGateway(): Promise<void> {
    return this.settled(this.gateway.close());
  }

  /** Ends everything; nothing may be left on the clock. */
  async end(): Promise<void> {
    await this.endGateway();
    await this.settled(this.engine.close());
    await this.bus.close();
    await this.clock.advance(2000);
    if (this.clock.pending > 0) throw new Error(`${this.clock.pending} timers are left.`);
  }

  /** Options of its gateways. */
  options(): GatewayOptions {
    const { portfolios: _, busOf: __, fx: ___, ...options } = this.#options;
    return {
      bus: this.bus,
      values: this.engine,
      // The Authorization header names the subject.
      authenticate: ({ headers }) => ({ subject: headers.get('authorization') ?? 'anyone' }),
      authorize: () => true,
      serve: ['portfolio', 'positions', 'price'],
      origins: [ORIGIN],
      clock: this.clock,
      // Requests of these tests do not come over a network.
      onError: (error) => void (/no network address/.test(error.message) || this.errors.push(error)),
      ...options,
    };
  }
}

/** The portfolio that a rig has by default. */
export const DESK: PortfolioInput = {
  id: 'desk',
  currency: 'USD',
  positions: [
    { symbol: 'ACME', quantity: 100, averageCost: '180.00' },
    { symbol: 'GLOBEX', quantity: 50, averageCost: '20.00' },
  ],
};
