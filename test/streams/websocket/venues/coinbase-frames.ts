// Frames of Coinbase, made up.

export const SENT = '2026-08-09T21:05:48.298032046Z';
export const SENT_MS = Date.UTC(2026, 7, 9, 21, 5, 48, 298);

let sequence = 0;
export const frame = (channel: string, event: object, more: object = {}) =>
  JSON.stringify({ channel, timestamp: SENT, sequence_num: sequence++, events: [event], ...more });
export const ticker = (fields: object, more: object = {}) => {
  const all = { type: 'ticker', product_id: 'BTC-USD', price: '65083.67', ...fields };
  return frame('ticker', { type: 'update', tickers: [all] }, more);
};
export const trade = (id: string, price: string, fields: object = {}) => ({
  product_id: 'BTC-USD',
  trade_id: id,
  price,
  size: '0.01',
  time: '2026-08-09T21:05:48.167634Z',
  side: 'SELL',
  ...fields,
});
export const answer = (products: readonly string[], channel = 'ticker') =>
  frame('subscriptions', { subscriptions: { heartbeats: ['heartbeats'], [channel]: products } });

export const otherFrames = () => [
  frame('heartbeats', { current_time: SENT, heartbeat_counter: 1 }),
  answer(['BTC-USD', 'ETH-USD']),
  frame('l2_data', {
    type: 'update',
    product_id: 'BTC-USD',
    updates: [{ side: 'bid', price_level: '65083.6' }],
  }),
];
