import type { EventCodec } from '../../messaging/event-codec.js';
import type { EventDataReader, EventDataWriter } from '../../messaging/event-data.js';
import type { EventHeader } from '../../messaging/event-envelope.js';
import { integerField, stringField } from '../../messaging/wire-fields.js';
import { CORPORATE_ACTION, type CorporateActionEvent } from './corporate-action-event.js';

/** {@link CorporateActionEvent} as a message: `data` has `actionId`, `symbol`, `exTime` and `number`. */
export class CorporateActionCodec implements EventCodec<CorporateActionEvent> {
  readonly type = CORPORATE_ACTION;

  encode({ actionId, symbol, exTime, number }: CorporateActionEvent, data: EventDataWriter): void {
    data.value('actionId', actionId);
    data.value('symbol', symbol);
    data.value('exTime', exTime);
    data.value('number', number);
  }

  decode(data: EventDataReader, { id, occurredAt }: EventHeader): CorporateActionEvent {
    return {
      type: CORPORATE_ACTION,
      id,
      occurredAt,
      actionId: stringField(data.value('actionId'), 'data.actionId'),
      symbol: stringField(data.value('symbol'), 'data.symbol'),
      exTime: integerField(data.value('exTime'), 'data.exTime'),
      number: integerField(data.value('number'), 'data.number'),
    };
  }
}
