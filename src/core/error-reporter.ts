import type { Clock } from './clock.js';
import { TickmarkError } from './errors.js';
import type { Logger } from './logger.js';

const REPEATED_AFTER_MS = 60_000;

/** Receivers of errors that no caller gets. */
export interface ErrorReporterOptions {
  /** Called with each error. */
  readonly onError?: ((error: TickmarkError) => void) | undefined;
  /** Logs each error, at level `error`. */
  readonly logger?: Logger | undefined;
}

/**
 * Reports errors to both `onError` and `logger`. What `onError` throws or rejects with is logged; what `logger` throws is dropped: a receiver that
 * fails must not stop the work, and there is nobody left to report to.
 */
export function errorReporter({ onError, logger }: ErrorReporterOptions): (error: TickmarkError) => void {
  const log = (error: TickmarkError): void =>
    attempt(() => logger?.error({ err: error, code: error.code }, error.message));
  return (error) => {
    if (onError && isNews(error, onError)) callBack('onError', () => onError(error), log);
    if (logger && isNews(error, logger)) log(error);
  };
}

/** Who has got an error that is being told to several receivers. */
const told = new WeakMap<TickmarkError, Set<unknown>>();

/** Tells several receivers of an error, while `tell` runs: an `onError` or `logger` that was passed to more than one of them gets it once. */
export function tellOnce(error: TickmarkError, tell: () => void): void {
  if (told.has(error)) return tell();
  told.set(error, new Set());
  tell();
  told.delete(error);
}

/** An error that says the same as another one in other words: who has got that does not get this. */
export function retold(error: TickmarkError, original: unknown): TickmarkError {
  const hearers = told.get(original as TickmarkError);
  if (hearers) told.set(error, hearers);
  return error;
}

function isNews(error: TickmarkError, receiver: unknown): boolean {
  const hearers = told.get(error);
  return !hearers || hearers.size < hearers.add(receiver).size;
}

/** Calls a function of the application. What it throws or rejects with is reported as `HANDLER_FAILED`. @param name Such as `onGap`. */
export function callBack(name: string, call: () => unknown, report: (error: TickmarkError) => void): void {
  attempt(call, (cause) =>
    report(
      new TickmarkError('HANDLER_FAILED', `${name} threw or rejected; processing continues.`, { cause }),
    ),
  );
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

/** Which reports are due. One that is repeated, such as that of a step that is retried, is due at most once a minute. */
export class ReportLimit {
  readonly #clock: Clock;
  readonly #reportedAt = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether a report of this content is due. It then counts as made. */
  isDue(content: string): boolean {
    const now = this.#clock.now();
    for (const [each, at] of this.#reportedAt)
      if (now - at >= REPEATED_AFTER_MS) this.#reportedAt.delete(each);
    if (this.#reportedAt.has(content)) return false;
    this.#reportedAt.set(content, now);
    return true;
  }
}
