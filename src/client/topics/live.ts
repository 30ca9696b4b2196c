/**
 * A value that changes: what a framework's binding needs of it. `subscribe` and the two `getSnapshot`s need no `this`, and a snapshot
 * is the same object until it has changed.
 */
export interface Live<Snapshot> {
  /**
   * Calls `listener` after each change, once per commit, until the returned function is called. While there is a listener the value
   * is kept up to date over the network.
   */
  readonly subscribe: (listener: () => void) => () => void;
  /** The value as it was last committed. */
  readonly getSnapshot: () => Snapshot;
  /** What to render on a server, and first when taking over what a server has rendered: nothing is known yet. */
  readonly getServerSnapshot: () => Snapshot;
}
