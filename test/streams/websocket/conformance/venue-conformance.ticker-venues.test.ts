import { describe, it } from 'vitest';
import { coinbase, kraken, venueConformance, type VenueConformanceOptions } from 'tickmark/websocket';
import * as ofCoinbase from '../venues/coinbase-frames.js';
import * as ofKraken from '../venues/kraken-frames.js';
import { madeUpSession } from '../venues/made-up-session.js';
import { coinbaseTickers, coinbaseTrades, krakenTickers } from '../venues/prices-of.js';

const { SENT_MS } = ofCoinbase;
const { TIME, TIME_MS } = ofKraken;

/** The kit on made-up sessions of venues whose frames carry last price, bid and ask together. */
const venues: Record<string, VenueConformanceOptions> = {
  'Coinbase, ticker': {
    venue: () => coinbase(),
    symbols: ['BTC-USD', 'ETH-USD'],
    recordings: [
      {
        name: 'a made-up session',
        pricesOf: coinbaseTickers,
        text: madeUpSession(SENT_MS, [
          ...ofCoinbase.otherFrames(),
          ofCoinbase.ticker({ best_bid: '65083.66', best_ask: '65083.670' }),
          ofCoinbase.frame('ticker', {
            type: 'update',
            tickers: [
              { type: 'ticker', product_id: 'ETH-USD', price: '3204.10' },
              { type: 'ticker', product_id: 'BTC-USD', price: '65083.70' },
            ],
          }),
          ofCoinbase.ticker({ price: '65083.680' }),
        ]),
      },
      {
        name: 'made-up frames of Coinbase Exchange, another product',
        pricesOf: () => [],
        text: '{"type":"ticker","product_id":"BTC-USD","price":"65083.67"}\n{"type":"subscriptions","channels":[]}',
      },
    ],
  },
  'Coinbase, market_trades': {
    venue: () => coinbase({ channel: 'market_trades' }),
    symbols: ['BTC-USD', 'ETH-USD'],
    recordings: [
      {
        name: 'a made-up session',
        pricesOf: coinbaseTrades,
        text: madeUpSession(SENT_MS, [
          ofCoinbase.answer([]),
          ofCoinbase.answer(['BTC-USD', 'ETH-USD'], 'market_trades'),
          ...ofCoinbase.otherFrames(),
          ofCoinbase.frame('market_trades', {
            type: 'snapshot',
            trades: [ofCoinbase.trade('3', '1.30'), ofCoinbase.trade('2', '1.20')],
          }),
          ofCoinbase.frame('market_trades', {
            type: 'update',
            trades: [ofCoinbase.trade('5', '1.50'), ofCoinbase.trade('4', '1.40')],
          }),
        ]),
      },
    ],
  },
  'Kraken, ticker': {
    venue: () => kraken(),
    symbols: ['BTC/USD', 'ALGO/USD'],
    recordings: [
      {
        name: 'a made-up session',
        pricesOf: krakenTickers,
        text: madeUpSession(TIME_MS, [
          ofKraken.status('online'),
          '{"method":"subscribe","result":{"channel":"ticker","symbol":"ALGO/USD"},"success":true,"req_id":1}',
          ofKraken.ticker(`"bid":0.13099,"ask":0.13108,"last":0.13110,${TIME}`, 'snapshot'),
          '{"channel":"heartbeat"}',
          ofKraken.ticker(`"bid":0.13100,"ask":0.13108,"last":0.13110,${TIME}`),
          '{"method":"pong","req_id":2}',
          ofKraken.ticker(`"bid":0.13100,"ask":0.1311,"last":0.13111,${TIME}`),
        ]),
      },
      {
        name: 'made-up frames of version 1',
        pricesOf: () => [],
        text: '[340,{"c":["0.13110","21.5"]},"ticker","ALGO/USD"]\n{"event":"heartbeat"}',
      },
    ],
  },
  'Kraken, trade': {
    venue: () => kraken({ channel: 'trade' }),
    symbols: ['BTC/USD', 'ALGO/USD'],
    recordings: [
      {
        name: 'trades',
        text: [
          ofKraken.status('online'),
          ofKraken.trades(
            'snapshot',
            ofKraken.trade(7, '0.13100'),
            ofKraken.trade(8, '0.13110'),
            ofKraken.trade(3, '1e-7', 'X/USD'),
          ),
          ofKraken.trades('update', ofKraken.trade(9, '0.13120'), ofKraken.trade(10, '0.1313')),
          '{"method":"subscribe","result":{"channel":"trade","symbol":"BTC/USD"},"success":true,"req_id":1}',
        ].join('\n'),
      },
    ],
  },
};

for (const [name, options] of Object.entries(venues))
  describe(name, () => venueConformance({ describe, it }, options));
