import { jsonQuotes } from 'tickmark/polling';

const source = jsonQuotes({
  name: 'my-source',
  url: ({ symbols }) => `https://prices.example.com/quotes?tickers=${symbols.join()}`,
  headers: () => ({ 'X-Api-Key': process.env.QUOTES_KEY! }), // May be async.
  symbolsPerRequest: 50,
  rows: 'data.quotes',
  fields: { symbol: 'ticker', price: 'last.price', timestamp: 'last.time', bid: 'bid', ask: 'ask' },
  timeUnit: 's',
});
