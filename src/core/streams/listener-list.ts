import type { Unsubscribe } from '../unsubscribe.js';

interface Entry<T> {
  readonly callback: (value: T) => unknown;
  isActive: boolean;
}

/**
 * Calls listeners in the order in which they were added. One that throws, or whose promise rejects, affects neither the others nor the
 * caller. A value that a listener emits is delivered after all listeners got the current one.
 */
export class ListenerList<T> {
  readonly #onError: (error: unknown) => void;
  readonly #queue: T[] = [];
  // Replaced, never changed, so that a loop over it sees no change.
  #entries: readonly Entry<T>[] = [];
  #isEmitting = false;
  #cuts = 0;

  /** @param onError Called with what listeners throw; it must not throw itself. */
  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  /** Adds a listener; the same function may be added twice and is then called twice. */
  add(callback: (value: T) => unknown): Unsubscribe {
    const entry: Entry<T> = { callback, isActive: true };
    this.#entries = [...this.#entries, entry];
    return () => {
      if (!entry.isActive) return;
      entry.isActive = false;
      this.#entries = this.#entries.filter((each) => each !== entry);
    };
  }

  /** Calls every listener with the value. */
  emit(value: T): void {
    if (this.#isEmitting) {
      this.#queue.push(value);
      return;
    }
    this.#isEmitting = true;
    this.#call(value);
    while (this.#queue.length > 0) this.#call(this.#queue.shift()!);
    this.#isEmitting = false;
  }

  /** Stops the current delivery, and drops the values that wait. */
  cancelDelivery(): void {
    this.#cuts++;
    this.#queue.length = 0;
  }

  #call(value: T): void {
    const cuts = this.#cuts;
    const entries = this.#entries;
    for (let i = 0; i < entries.length && cuts === this.#cuts; i++) {
      const entry = entries[i]!;
      if (!entry.isActive) continue;
      try {
        const result = entry.callback(value) as PromiseLike<unknown> | undefined;
        if (typeof result?.then === 'function') result.then(undefined, this.#onError);
      } catch (error) {
        this.#onError(error);
      }
    }
  }
}
