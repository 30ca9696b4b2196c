import type { Venue } from 'tickmark/websocket';
import { describe, expect, test } from 'vitest';
import {
  RECORDED_AT,
  playedRecording,
  type PlayedFrame,
} from '../../../../src/streams/websocket/conformance/played-recording.js';

/** Sends each frame back as the price of a symbol that counts the frames of its connection. */
const VENUE: Venue = {
  name: 'counting',
  url: 'wss://prices.example.com',
  open(sink) {
    let count = 0;
    return {
      subscribe: () => [],
      unsubscribe: () => [],
      receive: (frame, receivedAt) =>
        sink.update({ symbol: `S${++count}`, price: String(frame), timestamp: receivedAt }),
    };
  },
};

const line = (conn: string, data: string, ts?: number): string =>
  JSON.stringify({ t: 'recv', conn, data, ts });

describe('a played recording', () => {
  test('has a session for each connection, and shows what each frame became', async () => {
    const text = [line('a', '1.10', 1_600_000_000), line('b', '2', 1_600_000_001), line('a', '3')].join('\n');
    const seen: PlayedFrame[] = [];
    const { runs } = await playedRecording(VENUE, { name: 'r', text }, (each) => seen.push(each));
    expect(runs.map((run) => run.stats().prices)).toEqual([2, 1]);
    expect(
      seen.map(({ at, updates }) => [at, ...updates.map(({ symbol, price }) => `${symbol} ${price}`)]),
    ).toEqual([
      [1_600_000_000_000, 'S1 1.10'],
      [1_600_000_001_000, 'S1 2'],
      [undefined, 'S2 3'],
    ]);
    expect(seen[2]!.updates[0]!.timestamp).toBe(RECORDED_AT);
    expect([...seen[2]!.numbers]).toEqual(['1.10', '3']);
  });
});
