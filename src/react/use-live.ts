'use client';

import { useSyncExternalStore } from 'react';
import type { Live } from '../client/index.js';

/** A live value, rendered when it changes. `live` is to be the same object as long as the same value is meant: `useMemo` it. */
export function useLive<Snapshot>(live: Live<Snapshot>): Snapshot {
  return useSyncExternalStore(live.subscribe, live.getSnapshot, live.getServerSnapshot);
}
