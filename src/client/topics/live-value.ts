import type { Live } from './live.js';
import type { ObservableValue } from './observable-value.js';

/**
 * A live value of the store.
 * @param first Shown until there is another one.
 * @param find Finds the value; `undefined` while the store does not have it.
 * @param retain Has the store keep it, until the returned function is called. Called for each listener.
 */
export function liveValue<T>(
  first: T,
  find: () => ObservableValue<T> | undefined,
  retain: () => () => void,
): Live<T> {
  return {
    subscribe: (listener) => {
      const release = retain();
      const listeners = find()?.listeners;
      // One function may be subscribed several times.
      const each = (): void => listener();
      listeners?.add(each);
      return () => {
        listeners?.delete(each);
        release();
      };
    },
    getSnapshot: () => {
      const observable = find();
      return !observable || observable.isFresh ? first : observable.shown;
    },
    getServerSnapshot: () => first,
  };
}
