import type { Live } from './topics/live.js';
import { NONE, noPositions, noValue, type ValueView } from './topics/value-views.js';

/** An id or a symbol that may not be known yet, such as that of a portfolio which nobody has chosen. */
export type MaybeId = string | null | undefined;

// What hooks show while they have no id. Nothing is subscribed to.
export const NO_VALUE: Live<ValueView<never>> = idle(noValue(''));
export const NO_POSITIONS = idle(noPositions(''));
export const NO_LIST = idle(NONE);
export const NO_ROW = idle(null);

function idle<Snapshot>(snapshot: Snapshot): Live<Snapshot> {
  const getSnapshot = (): Snapshot => snapshot;
  return { subscribe: () => () => undefined, getSnapshot, getServerSnapshot: getSnapshot };
}
