/**
 * A value that changes, in the form that framework bindings need. Its functions need no `this`, and a snapshot stays the same object
 * until the value changes.
 */
export interface Live<Snapshot> {
  /**
   * Calls `listener` after each change, until the returned function is called. While there is a listener, the value is kept up to date
   * over the network.
   */
  readonly subscribe: (listener: () => void) => () => void;
  /** The current value; it changes at most once per animation frame. */
  readonly getSnapshot: () => Snapshot;
  /** The value to render on a server, and first while hydrating: nothing is known yet. */
  readonly getServerSnapshot: () => Snapshot;
}
