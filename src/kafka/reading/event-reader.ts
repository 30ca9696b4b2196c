import { PORTFOLIO_VALUED } from '../../core/engine/portfolio-value-codec.js';
import { PORTFOLIOS_VALUED } from '../../core/engine/portfolio-valued-event.js';
import { TickmarkError } from '../../core/errors.js';
import type { DomainEvent } from '../../core/messaging/event-bus.js';
import type { EventCodecs } from '../../core/messaging/event-codec.js';
import type { MessageOrigin } from '../../core/messaging/event-envelope.js';
import type { KafkaRecord, KafkaTopicPartition } from '../../kafka-client/kafka-consumer.js';
import { readHeaders } from '../cloud-event-headers.js';

/** A record of an event, and who has sent it. */
export interface ReadRecord extends MessageOrigin {
  /** `null` for an event of a type that is not wanted. */
  readonly event: DomainEvent | null;
}

/** Reads the events of records. */
export class EventReader {
  readonly #codecs: EventCodecs;
  readonly #where: string;

  constructor(codecs: EventCodecs, where: string) {
    this.#codecs = codecs;
    this.#where = where;
  }

  /**
   * What a record holds; `null` for a tombstone.
   * @throws TickmarkError `MALFORMED_INPUT` for a record that is no event; `NEWER_FORMAT` for one of a format that this version does not know.
   */
  read(
    record: KafkaRecord,
    { topic, partition }: KafkaTopicPartition,
    isWanted: (type: string) => boolean,
  ): ReadRecord | null {
    const { value, headers, offset } = record;
    if (value === null) return null;
    try {
      const { header, source, sequence, contentType } = readHeaders(headers);
      const type = header.type === PORTFOLIO_VALUED ? PORTFOLIOS_VALUED : header.type;
      const event = isWanted(type) ? this.#codecs.decodeData({ contentType, bytes: value }, header) : null;
      return { source, sequence, event };
    } catch (error) {
      const { code, message } = error as TickmarkError;
      const text = `${this.#where}: record ${offset} of ${topic}/${partition} cannot be read: ${message}`;
      throw new TickmarkError(code === 'NEWER_FORMAT' ? code : 'MALFORMED_INPUT', text, { cause: error });
    }
  }
}
