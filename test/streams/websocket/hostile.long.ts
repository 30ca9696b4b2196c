import { test } from 'vitest';
import { hostileFramesSent } from './hostile.js';

test('100,000 malformed frames: each counted, no reconnect, nothing thrown', () =>
  hostileFramesSent(100_000));
