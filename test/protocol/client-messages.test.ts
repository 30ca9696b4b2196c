import { describe, expect, test } from 'vitest';
import { parseClientMessage, type ClientMessage } from '../../src/protocol/client-messages.js';
import { parseServerMessage } from '../../src/protocol/server-messages.js';
import { parsePosition, positionOf } from '../../src/protocol/stream-position.js';
import { CloseCode, mayRetry } from '../../src/protocol/close-codes.js';

const malformed = expect.objectContaining({ code: 'MALFORMED_INPUT' }) as Error;

describe('a message from a client', () => {
  test.each<ClientMessage>([
    { type: 'subscribe', topics: ['portfolio:a'] },
    { type: 'subscribe', request: 1, topics: ['portfolio:a', 'positions:b:c', 'price:EUR/USD'] },
    { type: 'resume', topics: ['price:A'], position: 'e:0' },
    { type: 'unsubscribe', topics: ['price:A'] },
    { type: 'auth', token: 'eyJ.a-b_c~+/==' },
    { type: 'pong' },
  ])('%o is parsed unchanged', (message) => {
    expect(parseClientMessage(JSON.stringify(message))).toEqual(message);
  });

  test('keeps only the fields of its type', () => {
    const message = parseClientMessage('{"type":"pong","__proto__":{"a":1},"topics":[],"extra":1}');
    expect(message).toEqual({ type: 'pong' });
    expect(Object.getPrototypeOf(message)).toBe(Object.prototype);
  });

  test('nested a hundred thousand deep is rejected like any other', () => {
    expect(() => parseClientMessage('['.repeat(100_000))).toThrow(malformed);
    expect(() =>
      parseClientMessage(`{"type":"subscribe","topics":${'['.repeat(50_000)}${']'.repeat(50_000)}}`),
    ).toThrow(malformed);
  });
});

test('a position consists of an epoch and an offset', () => {
  expect(parsePosition(positionOf('k3-_Z', 12))).toEqual({ epoch: 'k3-_Z', offset: 12 });
  for (const text of [
    '',
    'e',
    'e:',
    ':1',
    'e:01',
    'e:-1',
    'e:1.5',
    'e:1e3',
    'e:9007199254740992',
    'e:1:2',
    'e :1',
    'e\n:1',
    'e:1\n',
    `${'e'.repeat(33)}:1`,
  ]) {
    expect(parsePosition(text)).toBeNull();
  }
});

test('a close code says whether to retry', () => {
  const stops = Object.values(CloseCode).filter((code) => !mayRetry(code));
  expect(stops).toEqual([4400, 4401, 4403, 4404, 4406, 4413]);
  expect([1000, 1001, 1006, 1011, 1012].every(mayRetry)).toBe(true);
});

test('a message without serverTime is not a message of a gateway; a message of an unknown type is', () => {
  expect(parseServerMessage('{"type":"heartbeat","serverTime":1}')).toEqual({
    type: 'heartbeat',
    serverTime: 1,
  });
  const later = { type: 'fireworks', serverTime: 1 };
  expect(parseServerMessage(JSON.stringify(later))).toEqual(later);
  for (const text of [
    '{"type":"fireworks"}',
    '{"type":"close","serverTime":"1"}',
    '{}',
    'null',
    '1',
    '"heartbeat"',
    '[]',
    '',
    '{',
  ]) {
    expect(parseServerMessage(text)).toBeNull();
  }
});
