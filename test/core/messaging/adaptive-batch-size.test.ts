import { expect, test } from 'vitest';
import { TickmarkError } from '../../../src/core/errors.js';
import { AdaptiveBatchSize, isMessageTooLarge } from '../../../src/core/messaging/adaptive-batch-size.js';

test('the number of rows per message is halved until the bus accepts one, and then stays', () => {
  const rows = new AdaptiveBatchSize();
  expect(rows.limit).toBe(Infinity);
  rows.tooLarge(90_001);
  expect(rows.limit).toBe(45_001);
  rows.tooLarge(45_001);
  expect(rows.limit).toBe(22_501);
  rows.accepted(22_501);
  rows.accepted(10);
  expect(rows.limit).toBe(22_501);
});

test('the number of rows grows after 32 messages of the largest size, and is halved again if the bus refuses', () => {
  const rows = new AdaptiveBatchSize();
  rows.tooLarge(100);
  for (let sent = 0; sent < 31; sent++) rows.accepted(50);
  expect(rows.limit).toBe(50);
  rows.accepted(50);
  expect(rows.limit).toBe(100);
  rows.tooLarge(100);
  expect(rows.limit).toBe(50);
});

test('after a single row was too large, the limit before the search applies again', () => {
  const rows = new AdaptiveBatchSize();
  for (const length of [1000, 500, 250, 125]) rows.tooLarge(length);
  rows.completed();
  for (const length of [63, 32, 16, 8, 4, 2, 1]) rows.tooLarge(length);
  expect(rows.limit).toBe(63);
});

test('an error means that a message is too large by its code only', () => {
  expect(isMessageTooLarge(new TickmarkError('MESSAGE_TOO_LARGE', 'x'))).toBe(true);
  expect([new Error('too large'), null, undefined, 'MESSAGE_TOO_LARGE'].map(isMessageTooLarge)).toEqual([
    false,
    false,
    false,
    false,
  ]);
});
