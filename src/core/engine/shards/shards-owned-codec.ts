import type { EventCodec } from '../../messaging/event-codec.js';
import type { EventDataReader, EventDataWriter } from '../../messaging/event-data.js';
import type { EventHeader } from '../../messaging/event-envelope.js';
import { arrayField, integerField, stringField } from '../../messaging/wire-fields.js';
import { SHARDS_OWNED, SHARDS_OWNED_FORMAT, type ShardsOwnedEvent } from './shards-owned-event.js';

const shardsField = arrayField(integerField);

/** {@link ShardsOwnedEvent} as a message: `data` has `format`, `owner`, `number`, `shardCount`, and the lists `loaded` and `loading`. */
export class ShardsOwnedCodec implements EventCodec<ShardsOwnedEvent> {
  readonly type = SHARDS_OWNED;

  encode(
    { format, owner, number, shardCount, loaded, loading }: ShardsOwnedEvent,
    data: EventDataWriter,
  ): void {
    data.value('format', format);
    data.value('owner', owner);
    data.value('number', number);
    data.value('shardCount', shardCount);
    data.value('loaded', loaded);
    data.value('loading', loading);
  }

  decode(data: EventDataReader, { id, occurredAt }: EventHeader): ShardsOwnedEvent {
    const format = integerField(data.value('format'), 'data.format');
    const event = { type: SHARDS_OWNED, id, occurredAt, format };
    // A later version may have other fields. Who handles the event reports it.
    if (format !== SHARDS_OWNED_FORMAT)
      return { ...event, owner: '', number: 0, shardCount: 0, loaded: [], loading: [] };
    return {
      ...event,
      owner: stringField(data.value('owner'), 'data.owner'),
      number: integerField(data.value('number'), 'data.number'),
      shardCount: integerField(data.value('shardCount'), 'data.shardCount'),
      loaded: shardsField(data.value('loaded'), 'data.loaded'),
      loading: shardsField(data.value('loading'), 'data.loading'),
    };
  }
}
