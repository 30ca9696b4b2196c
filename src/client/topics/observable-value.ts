import { isSame } from './is-same.js';

/** One value of the store: the newest one, the one that is shown, and its listeners. */
export class ObservableValue<T> {
  /** The newest value known. Becomes `shown` with the next commit. */
  next: T;
  /** What readers see; the same object until it has changed. */
  shown: T;
  readonly listeners = new Set<() => void>();
  readonly #first: T;

  constructor(first: T) {
    this.next = this.shown = this.#first = first;
  }

  /** Whether no value has been shown yet. */
  get isFresh(): boolean {
    return this.shown === this.#first;
  }

  /** Shows the newest value. @returns Whether it differs from the one shown before. */
  commit(): boolean {
    if (isSame(this.shown, this.next)) {
      this.next = this.shown;
      return false;
    }
    this.shown = this.next;
    return true;
  }
}
