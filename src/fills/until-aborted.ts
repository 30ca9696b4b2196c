/** What {@link untilAborted} resolves with when the signal has fired first. */
export const ABORTED = Symbol('aborted');

/** Settles like a call, or with {@link ABORTED} when the signal fires: the call itself continues, and its result is dropped. */
export function untilAborted<Result>(
  call: Promise<Result>,
  signal: AbortSignal | undefined,
): Promise<Result | typeof ABORTED> {
  if (!signal) return call;
  return new Promise((resolve, reject) => {
    const onAbort = (): void => resolve(ABORTED);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    call.finally(() => signal.removeEventListener('abort', onAbort)).then(resolve, reject);
  });
}
