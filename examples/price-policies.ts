// Which price values a position: the last trade, the price at which it could be closed, the mid price, or a policy of your own.
import { Portfolio, PriceChangedBatch, exitPrice, lastPrice, midPrice, type PricePolicy } from 'tickmark';
import { PositionBook } from 'tickmark/parts';

const book = Portfolio.create({
  id: 'pairs',
  currency: 'USD',
  positions: [
    { symbol: 'ACME', quantity: 100, averageCost: '184.00' },
    { symbol: 'GLOBEX', quantity: -100, averageCost: '42.00' },
  ],
});

const timestamp = Date.now();
const prices = PriceChangedBatch.ofUpdates(
  [
    { symbol: 'ACME', price: '184.08', bid: '184.05', ask: '184.11', timestamp },
    { symbol: 'GLOBEX', price: '42.13', bid: '42.10', ask: '42.20', timestamp },
  ],
  timestamp,
);

/** The worse of last price and exit price, so that no value is overstated. */
const prudent: PricePolicy = {
  name: 'prudent',
  choose(quote, side) {
    const exit = exitPrice.choose(quote, side)!;
    const isWorse = exit.price.compare(quote.last) * (side === 'long' ? 1 : -1) < 0;
    return isWorse ? exit : lastPrice.choose(quote, side);
  },
};

for (const policy of [lastPrice, exitPrice, midPrice, prudent]) {
  // markToMarket() and PortfolioValuationService accept the same option.
  const positions = new PositionBook({ policy });
  positions.setPortfolio(book);
  positions.applyPrices(prices);
  positions.computeTotals();
  const { unrealizedPnl, positions: rows } = positions.value('pairs')!;
  console.log(`${policy.name}: unrealized ${unrealizedPnl} USD`);
  for (const { symbol, quantity, price } of rows) {
    const side = quantity.sign > 0 ? 'long' : 'short';
    console.log(`  ${symbol} ${side} at ${price?.kind} ${price?.price}`);
  }
}
