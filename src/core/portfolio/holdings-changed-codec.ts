import type { EventCodec } from '../messaging/event-codec.js';
import type { EventDataReader, EventDataWriter } from '../messaging/event-data.js';
import type { EventHeader } from '../messaging/event-envelope.js';
import { choiceField, integerField, stringField } from '../messaging/wire-fields.js';
import { HOLDINGS_CHANGED, type HoldingsChangedEvent } from './holdings-changed-event.js';

/** {@link HoldingsChangedEvent} as a message: `data` has `portfolioId`, `version` and `change`. */
export class HoldingsChangedCodec implements EventCodec<HoldingsChangedEvent> {
  readonly type = HOLDINGS_CHANGED;

  encode({ portfolioId, version, change }: HoldingsChangedEvent, data: EventDataWriter): void {
    data.value('portfolioId', portfolioId);
    data.value('version', version);
    data.value('change', change);
  }

  decode(data: EventDataReader, { id, occurredAt }: EventHeader): HoldingsChangedEvent {
    return {
      type: HOLDINGS_CHANGED,
      id,
      occurredAt,
      portfolioId: stringField(data.value('portfolioId'), 'data.portfolioId'),
      version: integerField(data.value('version'), 'data.version'),
      change: choiceField('saved', 'deleted')(data.value('change'), 'data.change'),
    };
  }
}
