import { describe, expect, test } from 'vitest';
import { readSession } from '../../../../src/streams/websocket/conformance/recorded-session.js';

describe('readSession()', () => {
  test('yields the frames that were received, with connection and time', () => {
    const lines = [
      { t: 'header', exchange: 'X' },
      { t: 'connect', conn: 'a', ts: 1 },
      { t: 'send', conn: 'a', ts: 1, data: 'subscribe' },
      { t: 'recv', conn: 'a', ts: 1.25, data: 'one' },
      { t: 'recv', conn: 'b', ts: 2, b64: btoa('two') },
      { t: 'recv', data: 'three' },
    ];
    expect([...readSession(lines.map((line) => JSON.stringify(line)).join('\n'))]).toEqual([
      { connection: 'a', at: 1250, data: 'one' },
      { connection: 'b', at: 2000, data: new TextEncoder().encode('two') },
      { connection: '', at: undefined, data: 'three' },
    ]);
  });

  test('yields a line that is no record as a frame, and skips blank lines', () => {
    const text = '{"e":"trade"}\n\n  \n[1]\npong\n';
    expect([...readSession(text)].map(({ data }) => data)).toEqual(['{"e":"trade"}', '[1]', 'pong']);
  });

  test('fails with MALFORMED_INPUT for a received frame without content, and names its line', () => {
    expect(() => [...readSession('pong\n{"t":"recv","ts":1}')]).toThrow(
      expect.objectContaining({
        code: 'MALFORMED_INPUT',
        message: expect.stringContaining('line 2') as string,
      }),
    );
  });
});
