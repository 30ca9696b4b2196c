import type { ConnectionEvents, ConnectionRequest, GatewayTransport } from 'tickmark/client';
import type { Clock, Timer } from '../../src/core/clock.js';
import type { RefusalReason, RefusedTopic, ServerMessage } from '../../src/protocol/server-messages.js';
import type { Topic } from '../../src/protocol/topic.js';
import { FEED, priceValue } from './messages.js';

/** How topics change: by a message, as over WebSocket; by a POST that may fail; or by another connection. */
export type Changes = 'message' | 'post' | 'none';

/** Time between a request and its answer, ms. */
const LATENCY_MS = 20;

/**
 * A gateway that answers by itself, of which the test decides what it grants. It writes down what no client may do: ask twice on one
 * connection, or for a topic that it has.
 */
export class ModelGateway {
  /** Why a topic is refused. All others are granted. */
  readonly refuses = new Map<Topic, RefusalReason>();
  readonly faults: string[] = [];
  isDown = false;
  isStranger = false;
  /** How long a grant lasts, ms; `null`: for ever. */
  lifeMs: number | null = null;
  /** Whether a POST arrives. */
  postsArrive = true;
  readonly #open = new Set<ModelConnection>();
  readonly #clock: Clock;
  readonly #changes: Changes;
  #offset = 0;
  #value = 1;

  constructor(clock: Clock, changes: Changes) {
    this.#clock = clock;
    this.#changes = changes;
  }

  readonly transport: GatewayTransport = () => (request, events) => {
    const connection = new ModelConnection(this, request, events);
    this.#open.add(connection);
    const close = (): void => {
      this.#open.delete(connection);
      connection.isOver = true;
    };
    if (this.#changes === 'none') return { close };
    return {
      close,
      authenticate: () => {
        if (this.#changes === 'message' || this.postsArrive) connection.authenticate();
        else this.later(() => connection.isOver || events.unchangeable!());
      },
      change: (added, removed) => {
        if (this.#changes === 'message' || this.postsArrive) connection.change(added, removed);
        else this.later(() => connection.isOver || events.unchangeable!());
      },
    };
  };

  get needsTopics(): boolean {
    return this.#changes !== 'message';
  }

  /** Connections that neither side has ended. */
  get connections(): readonly ModelConnection[] {
    return [...this.#open];
  }

  get value(): string {
    return `${this.#value}`;
  }

  now(): number {
    return this.#clock.now();
  }

  later(callback: () => void): void {
    this.#clock.setTimer(callback, LATENCY_MS);
  }

  after(ms: number, callback: () => void): Timer {
    return this.#clock.setTimer(callback, ms);
  }

  nextPosition(): `${string}:${number}` {
    return `life:${++this.#offset}`;
  }

  /** All prices change. */
  tick(): void {
    this.#value++;
    for (const connection of this.#open) connection.update();
  }

  /** All connections break. */
  breakAll(code: number | null = null): void {
    for (const connection of [...this.#open]) connection.end(code);
  }

  /** Ends a topic on all connections. */
  endTopic(topic: Topic, reason: 'removed' | 'revoked' | 'limit' | 'busy'): void {
    for (const connection of this.#open) connection.endTopic(topic, reason);
  }

  over(connection: ModelConnection): void {
    this.#open.delete(connection);
  }
}

class ModelConnection {
  isOver = false;
  readonly granted = new Set<Topic>();
  readonly #pending = new Set<Topic>();
  readonly #gateway: ModelGateway;
  readonly #events: ConnectionEvents;
  #isWelcome = false;
  #expiryTimer: Timer | undefined;

  constructor(gateway: ModelGateway, request: ConnectionRequest, events: ConnectionEvents) {
    this.#gateway = gateway;
    this.#events = events;
    const topics = [...request.held, ...request.added];
    if (topics.length === 0) gateway.faults.push('a connection without a topic');
    this.#ask(topics);
    gateway.later(() => {
      if (this.isOver) return;
      if (gateway.isDown) return this.end(null);
      if (gateway.isStranger) return this.end(4401);
      this.#isWelcome = true;
      this.#send({
        type: 'welcome',
        protocol: 1,
        epoch: 'life',
        heartbeatMs: 0,
        subject: 'ann',
        status: FEED,
      });
      gateway.later(() => this.#answer(topics));
    });
  }

  authenticate(): void {
    this.#gateway.later(() => {
      if (this.isOver) return;
      const expiresAt = this.#expiry();
      const granted = [...this.granted].map((topic) => ({ topic, recovered: true, expiresAt }));
      this.#send({ type: 'authenticated', subject: 'ann', granted });
    });
  }

  change(added: readonly Topic[], removed: readonly Topic[]): void {
    for (const topic of removed) {
      this.granted.delete(topic);
      this.#pending.delete(topic);
    }
    if (added.length === 0) return;
    this.#ask(added);
    this.#gateway.later(() => this.#answer(added));
  }

  update(): void {
    if (this.isOver || !this.#isWelcome) return;
    const prices = [...this.granted].map((topic) => priceValue(topic.slice(6), this.#gateway.value));
    this.#send({ type: 'update', position: this.#gateway.nextPosition(), prices });
  }

  endTopic(topic: Topic, reason: 'removed' | 'revoked' | 'limit' | 'busy'): void {
    if (this.granted.delete(topic)) this.#send({ type: 'ended', topics: [topic], reason });
  }

  end(code: number | null): void {
    if (this.isOver) return;
    this.isOver = true;
    this.#gateway.over(this);
    const retry = code !== 4401;
    this.#events.ended({ code, message: 'over', retry, retryAfterMs: null, refused: [] });
  }

  #ask(topics: readonly Topic[]): void {
    for (const topic of topics) {
      if (this.#pending.has(topic)) this.#gateway.faults.push(`${topic} is requested twice`);
      if (this.granted.has(topic)) this.#gateway.faults.push(`${topic} is requested, and is there`);
      this.#pending.add(topic);
    }
  }

  #answer(topics: readonly Topic[]): void {
    if (this.isOver) return;
    const gateway = this.#gateway;
    const asked = topics.filter((topic) => this.#pending.delete(topic));
    const refused = asked.flatMap((topic): RefusedTopic[] => {
      const reason = gateway.refuses.get(topic);
      return reason ? [{ topic, reason }] : [];
    });
    const names = new Set(refused.map(({ topic }) => topic));
    const granted = asked.filter((topic) => !names.has(topic));
    if (gateway.needsTopics && this.granted.size + granted.length === 0 && refused.length > 0) {
      // Over HTTP, that is an answer without a stream.
      const isBusy = refused.some(({ reason }) => reason === 'busy');
      this.isOver = true;
      gateway.over(this);
      const code = isBusy ? 4500 : 4401;
      this.#events.ended({ code, message: 'none', retry: isBusy, retryAfterMs: null, refused });
      return;
    }
    for (const topic of granted) this.granted.add(topic);
    const expiresAt = granted.length > 0 ? this.#expiry() : null;
    this.#send({
      type: 'snapshot',
      position: gateway.nextPosition(),
      recovered: false,
      granted: granted.map((topic) => ({ topic, recovered: false, expiresAt })),
      refused,
      prices: granted.map((topic) => priceValue(topic.slice(6), gateway.value)),
    });
  }

  /** When what is granted now ends, unless the reader shows a newer token before. */
  #expiry(): number | null {
    const { lifeMs } = this.#gateway;
    this.#expiryTimer?.clear();
    if (lifeMs === null) return null;
    this.#expiryTimer = this.#gateway.after(lifeMs, () => this.end(4401));
    return this.#gateway.now() + lifeMs;
  }

  #send(message: object): void {
    this.#events.message({ serverTime: this.#gateway.now(), ...message } as ServerMessage);
  }
}
