import type { TickmarkError } from './errors.js';
import type { Logger } from './logger.js';

/** Receivers of errors that no caller gets. */
export interface ErrorReporterOptions {
  /** Called with each error. */
  readonly onError?: ((error: TickmarkError) => void) | undefined;
  /** Logs each error, at level `error`. */
  readonly logger?: Logger | undefined;
}

/**
 * Reports errors to both `onError` and `logger`. Errors that these throw or reject with are dropped: a receiver that fails must not stop the
 * work, and there is nobody left to report to.
 */
export function errorReporter({ onError, logger }: ErrorReporterOptions): (error: TickmarkError) => void {
  return (error) => {
    attempt(() => onError?.(error));
    attempt(() => logger?.error({ err: error, code: error.code }, error.message));
  };
}

/** Calls a function of the application. If it throws, or its promise rejects, `onFailed` gets the error; without `onFailed` it is dropped. */
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
