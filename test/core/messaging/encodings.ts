import { EventCodecs, type EventCodec } from '../../../src/core/messaging/event-codec.js';
import type { DomainEvent } from '../../../src/core/messaging/event-bus.js';

export const ORIGIN = { source: 's', sequence: 1 };

/** Each encoding by its name, with a codec of one type of event. */
export function bothEncodings(codec: () => unknown) {
  return (['json', 'compact'] as const).map(
    (encoding) => [encoding, new EventCodecs({ codecs: [codec() as EventCodec], encoding })] as const,
  );
}

/** An event after encoding and decoding. */
export function decoded<Event extends DomainEvent>(codecs: EventCodecs, event: Event): Event {
  return codecs.decode(Buffer.from(codecs.encode(event, ORIGIN))).event as Event;
}
