import { StrictMode, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { formatDecimal } from 'tickmark/client';
import { TickmarkProvider, useConnection, usePortfolio, usePositions, usePrice } from 'tickmark/react';
import { makeClient } from './page-client.js';

// What is shown has a name: `price SYMBOL`, `portfolio ID` or `rows ID`.

function Price({ id }: { readonly id: string }) {
  const { state, value } = usePrice(id);
  return <span>{value?.price ?? state}</span>;
}

function Portfolio({ id }: { readonly id: string }) {
  const { state, value } = usePortfolio(id);
  return <span>{value?.marketValue ? formatDecimal(value.marketValue, { locale: 'en' }) : state}</span>;
}

function Rows({ id }: { readonly id: string }) {
  const { totals, rows } = usePositions(id);
  return <span>{[totals?.marketValue, ...rows.map(({ marketValue }) => marketValue)].join(' ')}</span>;
}

const KINDS = { price: Price, portfolio: Portfolio, rows: Rows };

function App() {
  const [names, setNames] = useState<readonly string[]>([]);
  const { state } = useConnection();
  window.show = setNames;
  return (
    <>
      <p id="status">{state}</p>
      <ul>
        {names.map((name) => {
          const [kind, id] = name.split(' ') as [keyof typeof KINDS, string];
          const Kind = KINDS[kind];
          return (
            <li key={name} id={`${kind}-${id}`}>
              <Kind id={id} />
            </li>
          );
        })}
      </ul>
    </>
  );
}

createRoot(document.getElementById('app')!).render(
  <StrictMode>
    <TickmarkProvider client={makeClient()}>
      <App />
    </TickmarkProvider>
  </StrictMode>,
);
