'use client';

import { formatDecimal } from 'tickmark/client';
import { useConnection, usePortfolio } from 'tickmark/react';

/** `atFirst` is what the server knew. A locale that is given makes the server and the browser write it the same way. */
export function Portfolio({ id, atFirst }) {
  const connection = useConnection();
  const { value } = usePortfolio(id);
  const { marketValue, currency } = value ?? atFirst;
  return (
    <main>
      <p role="status">{connection.state}</p>
      <h1>{marketValue === null ? '—' : `${formatDecimal(marketValue, { locale: 'en' })} ${currency}`}</h1>
    </main>
  );
}
