import { test } from 'vitest';
import { held } from './half-open.js';
import { killed } from './kills.js';

test('1,000 kills: resubscribed each time, no symbol lost or doubled, one gap each', () => killed(1000, 5));

test('200 links that pass nothing on: found within 2.5 s, data again within 5 s', () => held(200, 10));
