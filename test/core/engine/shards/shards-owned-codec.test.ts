import { describe, expect, test } from 'vitest';
import { knownCodecs } from '../../../../src/core/engine/known-codecs.js';
import {
  SHARDS_OWNED,
  type ShardsOwnedEvent,
} from '../../../../src/core/engine/shards/shards-owned-event.js';
import { EventCodecs, type EventEncoding } from '../../../../src/core/messaging/event-codec.js';

const event: ShardsOwnedEvent = {
  type: SHARDS_OWNED,
  id: 'e1',
  occurredAt: 1_700_000_000_000,
  format: 1,
  owner: 'engine-1',
  number: 7,
  shardCount: 64,
  loaded: [0, 5, 63],
  loading: [1],
};
const messageWith = (data: object): string =>
  JSON.stringify({
    ...{ specversion: '1.0', type: SHARDS_OWNED, source: 's', id: 'e1', time: '2026-01-01T00:00:00Z' },
    data,
  });

describe('ShardsOwnedCodec', () => {
  const codecs = new EventCodecs({ codecs: knownCodecs() });

  test.each<EventEncoding>(['json', 'compact'])('keeps all fields in %s', (encoding) => {
    const message = new EventCodecs({ codecs: knownCodecs(), encoding }).encode(event, {
      source: 's',
      sequence: null,
    });
    expect(codecs.decode(message).event).toEqual(event);
  });

  test('reads only the format of an event whose layout it does not know', () => {
    const { event: read } = codecs.decode(messageWith({ format: 2, shards: { loaded: 'all' } }));
    expect(read).toMatchObject({ type: SHARDS_OWNED, format: 2, loaded: [], loading: [] });
  });

  test.each([
    [{ ...event, format: 'one' }, 'data.format'],
    [{ ...event, owner: 1 }, 'data.owner'],
    [{ ...event, number: 1.5 }, 'data.number'],
    [{ ...event, shardCount: null }, 'data.shardCount'],
    [{ ...event, loaded: 'all' }, 'data.loaded'],
    [{ ...event, loading: [1, 'x'] }, 'data.loading[1]'],
  ])('refuses %j', (data, where) => {
    expect(() => codecs.decode(messageWith(data))).toThrow(where);
  });
});
