'use client';

import { TickmarkClient } from 'tickmark/client';
import { TickmarkProvider } from 'tickmark/react';

// One for the page. On a server it holds nothing, so that all requests may share it.
const client = new TickmarkClient({ url: process.env.NEXT_PUBLIC_LIVE ?? '/live' });

export function Live({ children }) {
  return <TickmarkProvider client={client}>{children}</TickmarkProvider>;
}
