import { TickmarkError, quote } from '../../core/errors.js';
import type { DecodedMessage } from '../../core/messaging/event-codec.js';
import type { LocalDelivery } from '../../core/messaging/local-delivery.js';
import { SequenceTracker } from '../../core/messaging/sequence-tracker.js';
import type { RedisBusParts } from '../redis-bus-options.js';
import type { PossibleLoss } from './possible-losses.js';

/** Delivers received messages to the subscriptions of a bus, and announces by gap events which messages were lost. */
export class ChannelReceiver {
  /** Messages received, including malformed ones. */
  received = 0;
  /** Messages that could not be decoded. */
  malformed = 0;
  readonly #parts: RedisBusParts;
  readonly #local: LocalDelivery;
  readonly #sequences = new SequenceTracker();
  #brokenSince: number | null = null;
  #lastBreakEnd: number | null = null;

  constructor(parts: RedisBusParts, local: LocalDelivery) {
    this.#parts = parts;
    this.#local = local;
  }

  /** A message of the channel of a type. */
  receive(type: string, message: Uint8Array): void {
    this.linkRestored();
    this.received++;
    const decoded = this.#decode(type, message);
    if (!decoded) return;
    const now = this.#parts.clock.now();
    const { missed, since } = this.#sequences.record(type, decoded, now);
    if (missed > 0) this.#reportMissing(type, missed, since, now);
    this.#local.deliver(decoded.event);
  }

  /** The link broke: messages since that time, in ms since 1970, may be lost. Does nothing while it is broken already. */
  linkBroken(since: number): void {
    this.#brokenSince ??= since;
  }

  /** Messages arrive again: announces the break, if there was one. */
  linkRestored(): void {
    if (this.#brokenSince === null) return;
    const from = this.#brokenSince;
    const to = (this.#lastBreakEnd = this.#parts.clock.now());
    this.#brokenSince = null;
    this.#local.announce({ types: this.#local.types, from, to, lost: null, reason: 'disconnect' });
  }

  /** Another bus has announced messages that perhaps no subscriber received. */
  mayHaveLost({ types, from, to }: PossibleLoss): void {
    const followed = this.#local.types.filter((type) => types.includes(type));
    if (followed.length === 0) return;
    this.#local.announce({ types: followed, from, to, lost: null, reason: 'disconnect' });
  }

  #decode(type: string, message: Uint8Array): DecodedMessage | null {
    try {
      const decoded = this.#parts.codecs.decode(message);
      if (decoded.event.type === type) return decoded;
      const text = `A message of ${quote(type)} holds an event of ${quote(decoded.event.type)}.`;
      throw new TickmarkError('MALFORMED_INPUT', text);
    } catch (error) {
      this.malformed++;
      this.#parts.onError(error as TickmarkError);
      return null;
    }
  }

  // The gap event of a break announced this loss; the next message only shows how large it was.
  #reportMissing(type: string, missed: number, since: number, now: number): void {
    this.#local.countLost(missed);
    const wasAnnounced = this.#lastBreakEnd !== null && since <= this.#lastBreakEnd;
    if (wasAnnounced) return;
    this.#local.announce({ types: [type], from: since, to: now, lost: missed, reason: 'disconnect' });
  }
}
