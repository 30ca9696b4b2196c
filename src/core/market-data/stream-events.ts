import type { DomainEvent, EventType } from '../messaging/event-bus.js';
import type { PriceStreamGap } from './price-stream-adapter.js';

/** A stream told of a gap; published before the prices that follow it. */
export interface StreamGapEvent extends DomainEvent {
  /** Name of the stream. */
  readonly source: string;
  readonly gap: PriceStreamGap;
}

/** Type of {@link StreamGapEvent}. */
export const STREAM_GAP: EventType<StreamGapEvent> = 'tickmark.stream.gap';
