'use client';

import { createContext, createElement, useContext, type ReactElement, type ReactNode } from 'react';
import type { TickmarkClient } from '../client/index.js';

const Client = createContext<TickmarkClient | null>(null);

/** Props of {@link TickmarkProvider}. */
export interface TickmarkProviderProps {
  /** Made once, outside of rendering: a new one is a new connection. */
  readonly client: TickmarkClient;
  readonly children?: ReactNode;
}

/** Gives the client to the components inside. */
export function TickmarkProvider({ client, children }: TickmarkProviderProps): ReactElement {
  return createElement(Client.Provider, { value: client }, children);
}

/** The client of the provider around. @throws Error where there is none. */
export function useTickmark(): TickmarkClient {
  const client = useContext(Client);
  if (!client)
    throw new Error('tickmark/react: no client is provided. Put <TickmarkProvider client> around.');
  return client;
}
