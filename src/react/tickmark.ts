'use client';

import { createContext, createElement, useContext, type ReactElement, type ReactNode } from 'react';
import type { TickmarkClient } from '../client/index.js';

const Client = createContext<TickmarkClient | null>(null);

/** Props of {@link TickmarkProvider}. */
export interface TickmarkProviderProps {
  /** Create it once, outside of rendering: each client opens a connection of its own. */
  readonly client: TickmarkClient;
  readonly children?: ReactNode;
}

/**
 * Provides a client to the components inside.
 *
 * @example
 * ```ts
 * import { createElement, type ReactElement } from 'react';
 * import { TickmarkClient } from 'tickmark/client';
 * import { TickmarkProvider, usePrice } from 'tickmark/react';
 *
 * const client = new TickmarkClient({ url: '/live' });
 *
 * function Price({ symbol }: { symbol: string }): string {
 *   return usePrice(symbol).value?.price ?? '–';
 * }
 *
 * export function App(): ReactElement {
 *   return createElement(TickmarkProvider, { client }, createElement(Price, { symbol: 'ACME' }));
 * }
 * ```
 */
export function TickmarkProvider({ client, children }: TickmarkProviderProps): ReactElement {
  return createElement(Client.Provider, { value: client }, children);
}

/**
 * The client of the nearest `TickmarkProvider`.
 *
 * @example
 * ```ts
 * import { createElement, type ReactElement } from 'react';
 * import { useTickmark } from 'tickmark/react';
 *
 * export function ReconnectButton(): ReactElement {
 *   const client = useTickmark();
 *   return createElement('button', { onClick: () => client.reconnect() }, 'Reconnect');
 * }
 * ```
 *
 * @throws Error if there is none.
 */
export function useTickmark(): TickmarkClient {
  const client = useContext(Client);
  if (!client) throw new Error('tickmark/react: wrap your app in <TickmarkProvider client={client}>.');
  return client;
}
