import type { TickmarkError } from '../core/errors.js';
import type { ErrorCode } from '../core/error-code.js';

/**
 * An implementation broke a rule of its port: the error with which a case of a kit fails.
 *
 * @example
 * ```ts
 * import { ConformanceError, lockConformance } from 'tickmark/conformance';
 * import { InMemoryLock } from 'tickmark';
 *
 * // A runner of your own, which reports broken rules.
 * async function runCase(name: string, run: () => Promise<void>): Promise<void> {
 *   await run().catch((error: unknown) => {
 *     console.error(error instanceof ConformanceError ? `broken rule: ${name}: ${error.message}` : error);
 *   });
 * }
 *
 * const runner = { describe: (_name: string, define: () => void) => define(), it: runCase };
 * lockConformance(runner, { createHarness: () => ({ lock: new InMemoryLock() }) });
 * ```
 */
export class ConformanceError extends Error {
  constructor(message: string, options?: { readonly cause: unknown }) {
    super(message, options);
    this.name = 'ConformanceError';
  }
}

/** Fails unless the condition holds; the message says what was expected. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new ConformanceError(message);
}

/** Fails unless both are the same value, or plain data with the same contents. */
export function assertEqual(actual: unknown, expected: unknown, what: string): void {
  const difference = firstDifference(actual, expected, what);
  if (difference) throw new ConformanceError(difference);
}

/** Fails unless the error is a `TickmarkError` with that code. @returns The error. */
export function assertCode(error: unknown, code: ErrorCode, what: string): TickmarkError {
  // Two copies of the package differ in class, so the code is what counts.
  const found = error as TickmarkError | undefined;
  if (error instanceof Error && found?.code === code) return found;
  throw new ConformanceError(`${what}: expected an error with code ${code}, got ${shown(error)}`);
}

/** Fails unless the call throws an error with that code. @returns The error. */
export function assertThrows(call: () => unknown, code: ErrorCode, what: string): TickmarkError {
  let result: unknown;
  try {
    result = call();
  } catch (error) {
    return assertCode(error, code, what);
  }
  throw new ConformanceError(`${what}: expected ${code} to be thrown, got ${shown(result)}`);
}

// Names the first difference, which is hard to see in two long lists.
function firstDifference(actual: unknown, expected: unknown, path: string): string | undefined {
  if (Object.is(actual, expected)) return undefined;
  if (isRecord(actual) && isRecord(expected) && Array.isArray(actual) === Array.isArray(expected)) {
    const keys = Object.keys(expected);
    if (Object.keys(actual).length === keys.length && keys.every((key) => Object.hasOwn(actual, key))) {
      for (const key of keys) {
        const difference = firstDifference(actual[key], expected[key], `${path} [${key}]`);
        if (difference) return difference;
      }
      return undefined;
    }
  }
  return `${path}: expected ${shown(expected)}, got ${shown(actual)}`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** Shows a value in a message, cut at 400 characters. */
export function shown(value: unknown): string {
  if (value instanceof Error)
    return `${value.name} ${(value as { code?: string }).code ?? ''}: ${value.message}`;
  const text = JSON.stringify(value, (_, each: unknown) => (typeof each === 'bigint' ? `${each}n` : each));
  if (text === undefined) return String(value);
  return text.length > 400 ? `${text.slice(0, 400)}…` : text;
}

/** Fails unless the promise rejects with an error of that code. @returns The error. */
export async function assertRejects(
  promise: Promise<unknown>,
  code: ErrorCode,
  what: string,
): Promise<TickmarkError> {
  let result: unknown;
  try {
    result = await promise;
  } catch (error) {
    return assertCode(error, code, what);
  }
  throw new ConformanceError(`${what}: expected a rejection with ${code}, got ${shown(result)}`);
}
