'use client';

import { useSyncExternalStore } from 'react';
import type { Live } from '../client/index.js';

/**
 * Renders any live value again when it changes. Pass the same object in each rendering: keep it with `useMemo`.
 *
 * @example
 * ```ts
 * import { useMemo } from 'react';
 * import { useLive, useTickmark } from 'tickmark/react';
 *
 * export function TotalEquity({ id }: { id: string }): string {
 *   const client = useTickmark();
 *   const live = useMemo(() => client.portfolio(id), [client, id]);
 *   return useLive(live).value?.equity ?? '–';
 * }
 * ```
 */
export function useLive<Snapshot>(live: Live<Snapshot>): Snapshot {
  return useSyncExternalStore(live.subscribe, live.getSnapshot, live.getServerSnapshot);
}
