import { inspect } from 'node:util';
import { expect } from 'vitest';

const stackOf = (value: unknown): string => (value instanceof Error ? String(value.stack) : '');

/** Everything that is visible of values when they are printed, logged or thrown. */
export function shown(...values: readonly unknown[]): string {
  return values
    .map((each) => inspect(each, { depth: 10, showHidden: true }) + String(each) + stackOf(each))
    .join('\n');
}

/** Expects that no secret is visible, neither plain nor URL-encoded. */
export function expectHidden(secrets: readonly string[], ...values: readonly unknown[]): void {
  const text = shown(...values);
  for (const secret of secrets) {
    expect(text).not.toContain(secret);
    expect(text).not.toContain(encodeURIComponent(secret));
  }
}
