import type { Venue } from 'tickmark/websocket';
import { describe, expect, test } from 'vitest';
import { readSession } from '../../../../src/streams/websocket/conformance/recorded-session.js';
import {
  RECORDED_AT,
  playedRecording,
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
    const { frames, connections } = await playedRecording(VENUE, [...readSession(text)], { symbols: [] });
    expect([...connections.values()].map(({ run }) => run.stats().prices)).toEqual([2, 1]);
    expect(
      frames.map(({ number, recordedAt, updates }) => [
        number,
        recordedAt,
        ...updates.map(({ symbol, price }) => `${symbol} ${price}`),
      ]),
    ).toEqual([
      [1, 1_600_000_000_000, 'S1 1.10'],
      [2, 1_600_000_001_000, 'S1 2'],
      [3, undefined, 'S2 3'],
    ]);
    expect(frames[2]!.updates[0]!.timestamp).toBe(RECORDED_AT);
  });
});
