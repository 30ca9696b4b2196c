/**
 * Ends what it was returned for: no call starts afterwards. Calling it again does nothing.
 *
 * ```ts
 * const stop = marking.onValued((batch) => console.log(batch.length));
 * stop();
 * ```
 */
export type Unsubscribe = () => void;
