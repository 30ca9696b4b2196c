import type { Live } from './live.js';
import type { ObservableValue } from './observable-value.js';

/**
 * A part of a live value of the store. Its listeners are called when that part is another object.
 * @param first Shown until there is another one.
 * @param find Finds the value; `undefined` while the store does not have it.
 * @param retain Has the store keep it, until the returned function is called. Called for each listener.
 */
export function liveValue<Observable extends ObservableValue<unknown>, T>(
  first: T,
  find: () => Observable | undefined,
  retain: () => () => void,
  partOf: (observable: Observable) => T,
): Live<T> {
  const getSnapshot = (): T => {
    const observable = find();
    return !observable || observable.isFresh ? first : partOf(observable);
  };
  return {
    subscribe: (listener) => {
      const release = retain();
      const listeners = find()?.listeners;
      let last = getSnapshot();
      // A function of its own, so that one listener can be subscribed several times.
      const each = (): void => {
        const before = last;
        last = getSnapshot();
        if (last !== before) listener();
      };
      listeners?.add(each);
      return () => {
        listeners?.delete(each);
        release();
      };
    },
    getSnapshot,
    getServerSnapshot: () => first,
  };
}
