import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { resolveLimits } from '../../src/gateway/gateway-limits.js';
import { documentedDefault } from './rig/documented-default.js';

const defaults = Object.entries(resolveLimits());

describe('the default of a limit', () => {
  const source = readFileSync(new URL('../../src/gateway/gateway-limits.ts', import.meta.url), 'utf8');
  const page = readFileSync(new URL('../../docs/gateway.md', import.meta.url), 'utf8');

  test.each(defaults)('%s is documented in the TSDoc as %i', (name, value) => {
    expect(documentedDefault(source, name)).toBe(value);
  });

  test.each(defaults)('%s is documented in docs/gateway.md as %i', (name, value) => {
    const [, cell = ''] = new RegExp(String.raw`^\| \`${name}\`[^|]*\| ([^|]+) \|`, 'm').exec(page) ?? [];
    expect(cell === 'a day' ? 86_400_000 : Number(/^[\d,]+/.exec(cell)?.[0].replaceAll(',', ''))).toBe(value);
  });
});

test.each([0, -1, NaN])('a limit of %j is rejected with the accepted range', (topics) => {
  expect(() => resolveLimits({ topics })).toThrow(/limits\.topics: expected a number above 0, or Infinity/);
});
