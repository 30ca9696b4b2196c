import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { GatewayOptions } from '../../src/gateway/gateway-options.js';
import { resolveTimes } from '../../src/gateway/gateway-times.js';
import { documentedDefault } from './rig/documented-default.js';

const options = {} as GatewayOptions;

describe('the default of a time', () => {
  const source = readFileSync(new URL('../../src/gateway/gateway-options.ts', import.meta.url), 'utf8');

  test.each(Object.entries(resolveTimes(options)))('%s is documented in the TSDoc as %i', (name, value) => {
    expect(documentedDefault(source, name)).toBe(value);
  });
});

test('a time is rejected outside its range, which begins at 0 only where 0 has a meaning', () => {
  expect(resolveTimes({ ...options, heartbeatMs: 0 }).heartbeatMs).toBe(0);
  expect(() => resolveTimes({ ...options, pongMs: 0 })).toThrow('pongMs: expected a number from 1 to');
  expect(() => resolveTimes({ ...options, intervalMs: Infinity })).toThrow(
    'intervalMs: expected a number from 0 to',
  );
});
