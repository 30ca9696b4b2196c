// Frames of Kraken, made up.

export const TIME = '"timestamp":"2026-10-03T20:58:33.794283Z"';
export const TIME_MS = Date.UTC(2026, 9, 3, 20, 58, 33, 794);

/** Written by hand, because JSON.stringify would drop the zeros. */
export const ticker = (fields: string, type = 'update') =>
  `{"channel":"ticker","type":"${type}","data":[{"symbol":"ALGO/USD",${fields}}]}`;
export const trades = (type: string, ...list: readonly string[]) =>
  `{"channel":"trade","type":"${type}","data":[${list.join()}]}`;
export const trade = (id: number | string, price: string, symbol = 'ALGO/USD') =>
  `{"symbol":"${symbol}","side":"buy","price":${price},"qty":1.0,"trade_id":${id},${TIME}}`;
export const status = (system: string) =>
  `{"channel":"status","type":"update","data":[{"system":"${system}"}]}`;
