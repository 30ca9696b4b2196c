import type { TickmarkError } from './errors.js';
import type { Logger } from './logger.js';

/** Receivers of errors that no caller waits for. */
export interface ErrorReporterOptions {
  /** Called with each error. */
  readonly onError?: ((error: TickmarkError) => void) | undefined;
  /** Logs each error as well, at level `error`. */
  readonly logger?: Logger | undefined;
}

/**
 * Reports errors to `onError` and `logger` alike. What these two throw or reject with is dropped: a reporter that fails must not stop
 * the work that it reports on, and there is nobody left to report to.
 */
export function errorReporter({ onError, logger }: ErrorReporterOptions): (error: TickmarkError) => void {
  return (error) => {
    attempt(() => onError?.(error));
    attempt(() => logger?.error({ err: error, code: error.code }, error.message));
  };
}

/** Calls a function of the application; what it throws, or its promise rejects with, goes to `onFailed` or is dropped. */
export function attempt(call: () => unknown, onFailed: (cause: unknown) => void = drop): void {
  try {
    const result = call() as PromiseLike<unknown> | undefined;
    if (typeof result?.then === 'function') result.then(undefined, onFailed);
  } catch (cause) {
    onFailed(cause);
  }
}

function drop(): void {
  // See errorReporter.
}
