import { formatDecimal, TickmarkClient } from 'tickmark/client';
import {
  TickmarkProvider,
  useConnection,
  usePortfolio,
  usePosition,
  usePriceFlash,
  useSymbols,
} from 'tickmark/react';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import '../flash.css';

const client = new TickmarkClient({ url: '/live' });

function Row({ symbol }: { symbol: string }) {
  const row = usePosition('desk', symbol);
  const { animation, glyph } = usePriceFlash({ id: symbol, value: row?.price });
  if (!row) return null;
  return (
    <tr>
      <th scope="row">{symbol}</th>
      <td className={animation ?? undefined}>{`${glyph} ${formatDecimal(row.price?.price ?? '')}`}</td>
      <td>{formatDecimal(row.marketValue ?? '')}</td>
    </tr>
  );
}

function App() {
  const connection = useConnection();
  const { value, state } = usePortfolio('desk');
  const symbols = useSymbols('desk');
  return (
    <>
      <p role="status">{connection.state}</p>
      {value?.marketValue ? (
        <h1>{`${formatDecimal(value.marketValue)} ${value.currency}`}</h1>
      ) : (
        <p>{state}</p>
      )}
      <table>
        <tbody>
          {symbols.map((symbol) => (
            <Row key={symbol} symbol={symbol} />
          ))}
        </tbody>
      </table>
    </>
  );
}

createRoot(document.getElementById('app')!).render(
  <StrictMode>
    <TickmarkProvider client={client}>
      <App />
    </TickmarkProvider>
  </StrictMode>,
);
