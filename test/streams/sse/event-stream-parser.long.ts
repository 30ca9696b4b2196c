import { test } from 'vitest';
import { checkStreams } from './reference-parser.js';

test('100,000 streams cut anywhere parse as the whole does', { timeout: 120_000 }, () => {
  checkStreams(100_000);
});
