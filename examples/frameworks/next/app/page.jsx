import { Portfolio } from './portfolio.jsx';

// The server asks for one value, as in examples/http-server.ts. It subscribes to nothing.
export default async function Page() {
  const response = await fetch(`${process.env.VALUES}/portfolios/desk`, { cache: 'no-store' });
  const { marketValue, currency } = await response.json();
  return <Portfolio id="desk" atFirst={{ marketValue, currency }} />;
}
