import type { TickmarkError } from '../../core/errors.js';
import { BUS_GAP } from '../../core/messaging/event-bus.js';
import { LocalDelivery } from '../../core/messaging/local-delivery.js';
import type { KafkaBusParts } from '../kafka-bus-parts.js';
import type { Subscriptions } from './subscriptions.js';
import { TailDelivery } from './tail-delivery.js';
import { TopicReader } from './topic-reader.js';

/** The subscriptions of a bus that delivers at most once: one reader for each topic of which some type is subscribed. */
export class TailSubscriptions implements Subscriptions {
  readonly delivery = 'at-most-once';
  readonly #parts: KafkaBusParts;
  readonly #local: LocalDelivery;
  readonly #readers = new Map<string, TopicReader>();
  readonly #closing = new Set<Promise<void>>();

  constructor(parts: KafkaBusParts, maxBacklog: number | undefined) {
    this.#parts = parts;
    this.#local = new LocalDelivery({
      where: parts.where,
      clock: parts.clock,
      maxBacklog,
      gapIds: parts.gapIds,
      onError: parts.report,
      onTypeChange: (type) => this.#typeChanged(type),
    });
  }

  readonly subscribe: Subscriptions['subscribe'] = (type, handler) => {
    // A name that makes no topic is refused before anything is subscribed.
    if (type !== BUS_GAP && typeof type === 'string' && type !== '') this.#parts.names.of(type);
    return this.#local.subscribe(type, handler);
  };

  get isPositioned(): boolean {
    return [...this.#readers.values()].every(({ isPositioned }) => isPositioned);
  }

  get failure(): TickmarkError | null {
    for (const { failure } of this.#readers.values()) if (failure) return failure;
    return null;
  }

  readonly stats: Subscriptions['stats'] = (published) => this.#local.stats(published);

  get isClosed(): boolean {
    return this.#local.isClosed;
  }

  async close(timeoutMs: number): Promise<void> {
    const handled = this.#local.close(timeoutMs);
    for (const topic of [...this.#readers.keys()]) this.#closeReader(topic, timeoutMs);
    await Promise.all([handled, ...this.#closing]);
  }

  #typeChanged(type: string): void {
    // Gap events are made here and never sent.
    if (type === BUS_GAP) return;
    const topic = this.#parts.names.of(type);
    const isWanted = this.#typesOf(topic).length > 0;
    if (!isWanted) this.#closeReader(topic, this.#parts.settings.connectTimeoutMs);
    else if (!this.#readers.has(topic)) this.#readers.set(topic, this.#open(topic));
  }

  #open(topic: string): TopicReader {
    const delivery = new TailDelivery(this.#parts, this.#local);
    const reader: TopicReader = new TopicReader({
      parts: this.#parts,
      topic,
      group: null,
      announce: (window) =>
        this.#local.announce({ ...window, types: this.#typesOf(topic), reason: 'disconnect' }),
      onPositioned: this.#parts.onPositioned,
      deliver: (payload, isAssigned) => delivery.deliver(payload, isAssigned, reader),
    });
    return reader;
  }

  #typesOf(topic: string): string[] {
    return this.#local.types.filter((type) => this.#parts.names.of(type) === topic);
  }

  #closeReader(topic: string, timeoutMs: number): void {
    const reader = this.#readers.get(topic);
    if (!reader) return;
    this.#readers.delete(topic);
    const closing: Promise<void> = reader.close(timeoutMs).finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }
}
