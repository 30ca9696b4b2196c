import type { Clock } from '../../src/core/clock.js';
import type { ConnectionEnd, ConnectionEvents, ConnectionRequest, GatewayTransport } from 'tickmark/client';
import type { GrantedTopic, RefusedTopic, ServerMessage } from '../../src/protocol/server-messages.js';
import type { Topic } from '../../src/protocol/topic.js';
import type { Values } from '../../src/protocol/values.js';
import { FEED } from './messages.js';

/** One connection, as the gateway's side of it. */
export class ScriptedConnection {
  readonly request: ConnectionRequest;
  readonly changes: { readonly added: readonly Topic[]; readonly removed: readonly Topic[] }[] = [];
  /** Tokens that it was sent while it was open. */
  readonly tokens: string[] = [];
  isClosed = false;
  readonly #events: ConnectionEvents;
  readonly #gateway: ScriptedGateway;

  constructor(gateway: ScriptedGateway, request: ConnectionRequest, events: ConnectionEvents) {
    this.#gateway = gateway;
    this.request = request;
    this.#events = events;
  }

  /** Topics requested when it was opened. */
  get topics(): Topic[] {
    return [...this.request.held, ...this.request.added];
  }

  send(message: Omit<ServerMessage, 'serverTime'> & { readonly [field: string]: unknown }): void {
    this.#events.message({ serverTime: this.#gateway.serverTime(), ...message } as ServerMessage);
  }

  alive(): void {
    this.#events.alive();
  }

  /** Its last change did not arrive. */
  unchangeable(): void {
    this.#events.unchangeable!();
  }

  /** The server has answered, and sends nothing yet. */
  answered(): void {
    this.#events.answered!();
  }

  welcome(heartbeatMs = 1000): void {
    const { epoch, subject } = this.#gateway;
    this.send({ type: 'welcome', protocol: 1, epoch, heartbeatMs, subject, status: FEED });
  }

  /** Sends `welcome`, grants everything, and sends these values. */
  answer(
    values: Values = {},
    more: { expiresAt?: number | null; refused?: RefusedTopic[]; topics?: Topic[] } = {},
  ): void {
    const { expiresAt = null, refused = [], topics = this.topics } = more;
    const isRefused = new Set(refused.map(({ topic }) => topic));
    const granted: GrantedTopic[] = topics
      .filter((topic) => !isRefused.has(topic))
      .map((topic) => ({ topic, recovered: this.request.held.includes(topic), expiresAt }));
    const position = this.#gateway.nextPosition();
    this.send({ type: 'snapshot', position, recovered: false, granted, refused, ...values });
  }

  open(values: Values = {}): void {
    this.welcome();
    this.answer(values);
  }

  update(values: Values, hasPosition = true): void {
    this.send({ type: 'update', ...(hasPosition && { position: this.#gateway.nextPosition() }), ...values });
  }

  end(end: Partial<ConnectionEnd> = {}): void {
    const broken = {
      code: null,
      message: 'The connection has ended.',
      retry: true,
      retryAfterMs: null,
      refused: [],
    };
    this.#events.ended({ ...broken, ...end });
  }
}

/** A gateway whose messages the test sends. With `canChange`, connections can change their topics, as WebSockets can. */
export class ScriptedGateway {
  readonly connections: ScriptedConnection[] = [];
  epoch = 'life1';
  /** Subject of its readers. */
  subject: string | null = 'ann';
  canChange = true;
  /** Whether connections take a newer token. */
  canAuthenticate = false;
  #offset = 0;
  readonly #clock: Clock;
  /** How far its clock is ahead, ms. */
  aheadMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  readonly transport: GatewayTransport = () => (request, events) => {
    const connection = new ScriptedConnection(this, request, events);
    this.connections.push(connection);
    const close = (): void => {
      connection.isClosed = true;
    };
    return {
      close,
      change: this.canChange
        ? (added, removed) => void connection.changes.push({ added, removed })
        : undefined,
      authenticate: this.canAuthenticate ? (token) => void connection.tokens.push(token) : undefined,
    };
  };

  /** The newest connection. */
  get last(): ScriptedConnection {
    return this.connections.at(-1)!;
  }

  /** Connections that are not closed. */
  get open(): ScriptedConnection[] {
    return this.connections.filter(({ isClosed }) => !isClosed);
  }

  serverTime(): number {
    return this.#clock.now() + this.aheadMs;
  }

  nextPosition(): `${string}:${number}` {
    return `${this.epoch}:${++this.#offset}`;
  }
}
