import { memo } from 'react';
import { createRoot } from 'react-dom/client';
import { TickmarkProvider, useConnection, usePortfolio, usePrice, usePriceFlash } from 'tickmark/react';
import { GROUPS, measure } from './measurements.js';
import { makeClient } from './page-client.js';

const client = makeClient();
const measured = measure(client);

const Row = memo(function Row({ symbol }: { readonly symbol: string }) {
  const price = usePrice(symbol);
  const { glyph, animation } = usePriceFlash(price);
  measured.rowRendered();
  return (
    <div id={symbol} className="row">
      <span>{symbol}</span>
      <span className={animation ?? undefined}>{glyph}</span>
      <span className="price">{price.value?.price ?? ''}</span>
    </div>
  );
});

function Head() {
  const desk = usePortfolio('desk');
  const connection = useConnection();
  return (
    <>
      <p id="status">{connection.state}</p>
      <p id="total">{desk.value?.marketValue ?? ''}</p>
    </>
  );
}

createRoot(document.getElementById('app')!).render(
  <TickmarkProvider client={client}>
    <Head />
    <div className="rows">
      {GROUPS.map((symbols) => (
        <div className="group" key={symbols[0]}>
          {symbols.map((symbol) => (
            <Row key={symbol} symbol={symbol} />
          ))}
        </div>
      ))}
    </div>
  </TickmarkProvider>,
);
