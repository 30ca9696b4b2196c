import { test } from 'vitest';
import { held } from './half-open.js';
import { killed } from './kills.js';

test('100 kills: resubscribed each time, no symbol lost or doubled, one gap each', () => killed(100, 5));

test('8 links that pass nothing on: found within 2.5 s, data again within 5 s', () => held(8, 8));
