/**
 * Ends the subscription that returned it: the listener is not called again. A second call does nothing.
 *
 * @example
 * ```ts
 * const stop = marking.onValued((batch) => console.log(batch.length));
 * stop();
 * ```
 */
export type Unsubscribe = () => void;
