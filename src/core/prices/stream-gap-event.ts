import type { DomainEvent, EventType } from '../messaging/event-bus.js';
import type { Publication } from './price-sync-events.js';
import type { PriceStreamGap } from './price-stream-gap.js';

/** A stream reported a gap. */
export interface StreamGapEvent extends DomainEvent {
  /** Name of the stream. */
  readonly source: string;
  readonly gap: PriceStreamGap;
  /**
   * Its place among the arrival numbers of prices (`PriceStamp.arrival`): a price with a lower number is from before the gap, even if it is
   * delivered after this event. Default: the time of the event.
   */
  readonly arrival?: number;
  /** Place among the messages of its publisher. */
  readonly publication?: Publication;
}

/** Type of {@link StreamGapEvent}. */
export const STREAM_GAP: EventType<StreamGapEvent> = 'tickmark.stream.gap';
