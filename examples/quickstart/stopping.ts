import { setTimeout as sleep } from 'node:timers/promises';
import type { StoppedBy } from './summary.js';

/** What may end a run from outside. */
export interface Stopping {
  /** Fires with the first of them. */
  readonly signal: AbortSignal;
  /** Which one it was; valid once the signal has fired. */
  readonly by: () => StoppedBy;
  /** Resolves when it fires. */
  readonly stopped: Promise<StoppedBy>;
  /** Removes all listeners. */
  readonly release: () => void;
}

/**
 * Listens to Ctrl-C, SIGTERM and a reader that has closed its end of the pipe. The first Ctrl-C drains, the second quits
 * at once; `onQuit` runs before.
 */
export function listen(onQuit: () => void): Stopping {
  const controller = new AbortController();
  const { signal } = controller;
  const stopped = new Promise<StoppedBy>((resolve) => {
    signal.addEventListener('abort', () => resolve(signal.reason as StoppedBy), { once: true });
  });
  const onSignal = (name: NodeJS.Signals): void => {
    if (!signal.aborted) return controller.abort('signal' satisfies StoppedBy);
    onQuit();
    process.exit(name === 'SIGINT' ? 130 : 143);
  };
  // Without a listener a closed pipe would end the process with a stack trace.
  const onPipeError = (error: NodeJS.ErrnoException): void => {
    if (error.code !== 'EPIPE') throw error;
    controller.abort('closed-pipe' satisfies StoppedBy);
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  process.stdout.on('error', onPipeError);
  process.stderr.on('error', onPipeError);
  const release = (): void => {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  };
  return { signal, by: () => signal.reason as StoppedBy, stopped, release };
}

/** Resolves after that many seconds, or when stopped, whichever comes first. */
export async function untilTime(seconds: number, { signal, by }: Stopping): Promise<StoppedBy> {
  try {
    await sleep(seconds * 1000, undefined, { signal });
    return 'time';
  } catch {
    return by();
  }
}
