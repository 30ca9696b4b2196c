import { MockPriceStreamAdapter, Portfolio } from 'tickmark';

/** Pairs that convert euro and sterling holdings into dollars. */
export const FX = ['EUR/USD', 'GBP/USD'];

/** A made-up feed: a dozen instruments in three currencies, and the pairs. */
export function madeUpFeed(seed: number): MockPriceStreamAdapter {
  const usd = { currency: 'USD', volatility: 4 };
  const eur = { currency: 'EUR', volatility: 4 };
  return new MockPriceStreamAdapter({
    seed,
    symbols: {
      AAPL: { ...usd, startPrice: '187.20', previousClose: '186.05', intervalMs: 40 },
      MSFT: { ...usd, startPrice: '411.50', previousClose: '409.80', intervalMs: 60 },
      // Five trades at once: all but the last are conflated.
      NVDA: { ...usd, startPrice: '122.75', previousClose: '124.10', intervalMs: 50, burst: 5 },
      AMZN: { ...usd, startPrice: '178.10', previousClose: '177.35', intervalMs: 70 },
      JPM: { ...usd, startPrice: '198.40', previousClose: '198.90', intervalMs: 110 },
      // Its previous close is not known, so neither is its day P&L.
      XOM: { ...usd, startPrice: '114.05', intervalMs: 130 },
      'SAP.DE': { ...eur, startPrice: '176.30', previousClose: '175.40', intervalMs: 80 },
      'ASML.AS': { ...eur, startPrice: '868.40', previousClose: '874.20', intervalMs: 90 },
      'MC.PA': { ...eur, startPrice: '742.10', previousClose: '739.55', intervalMs: 120 },
      'SIE.DE': { ...eur, startPrice: '171.66', previousClose: '172.90', intervalMs: 140 },
      // London quotes in pence.
      'VOD.L': {
        currency: 'GBp',
        volatility: 4,
        startPrice: '72.40',
        previousClose: '72.15',
        intervalMs: 100,
      },
      // Not traded yet: it can be subscribed, but never has a price.
      NEWCO: { intervalMs: 0 },
      'EUR/USD': {
        startPrice: '1.08500',
        previousClose: '1.08410',
        tickSize: '0.00001',
        volatility: 1,
        intervalMs: 50,
      },
      'GBP/USD': {
        startPrice: '1.27100',
        previousClose: '1.27230',
        tickSize: '0.00001',
        volatility: 1,
        intervalMs: 75,
      },
    },
    // One invalid price, to be rejected and counted.
    faults: [{ kind: 'bad-tick', atMs: 300, symbols: ['XOM'] }],
  });
}

/** One long, one with short positions, one with a symbol that has no price. `baseCost`: what was paid, in the portfolio's currency. */
export function madeUpPortfolios(): Portfolio[] {
  return [
    Portfolio.create({
      id: 'growth',
      currency: 'USD',
      cash: { USD: 25_000, EUR: 4_000 },
      // At which the euros were bought.
      rates: { EUR: '1.0825' },
      positions: [
        { symbol: 'AAPL', quantity: 400, averageCost: '187.20' },
        { symbol: 'MSFT', quantity: 150, averageCost: '411.10' },
        { symbol: 'NVDA', quantity: '512.5', averageCost: '122.80' },
        { symbol: 'SAP.DE', quantity: 300, averageCost: '176.20', currency: 'EUR', baseCost: '57220.95' },
        { symbol: 'ASML.AS', quantity: 60, averageCost: '868.90', currency: 'EUR', baseCost: '56435.06' },
        { symbol: 'VOD.L', quantity: 20_000, averageCost: '72.35', currency: 'GBp', baseCost: '18376.90' },
      ],
    }),
    Portfolio.create({
      id: 'long-short',
      currency: 'EUR',
      cash: { EUR: 150_000 },
      positions: [
        { symbol: 'MC.PA', quantity: 120, averageCost: '741.90', currency: 'EUR' },
        { symbol: 'SIE.DE', quantity: -450, averageCost: '171.70', currency: 'EUR' },
        { symbol: 'AMZN', quantity: 350, averageCost: '178.00', currency: 'USD', baseCost: '57500.00' },
        { symbol: 'NVDA', quantity: -300, averageCost: '122.70', currency: 'USD', baseCost: '-33950.00' },
      ],
    }),
    Portfolio.create({
      id: 'new-issues',
      currency: 'USD',
      positions: [
        { symbol: 'JPM', quantity: 200, averageCost: '198.30' },
        { symbol: 'XOM', quantity: 350, averageCost: '114.10' },
        { symbol: 'NEWCO', quantity: 1_000, averageCost: '12.00' },
      ],
    }),
  ];
}
