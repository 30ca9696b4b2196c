import { seededRandom } from '../../src/core/random.js';
import { cents, EPOCH } from '../market.js';

const SYMBOLS = 100;

/** Frames as Binance writes them, trades and quotes in turn, each symbol's trades numbered without a hole. */
export function binanceFrames(count: number): string[] {
  const random = seededRandom(13);
  const trades = new Array<number>(SYMBOLS).fill(1_000_000);
  return Array.from({ length: count }, (_, n) => {
    const number = Math.floor(random() * SYMBOLS);
    const symbol = `S${number}USDT`;
    const price = `${cents(random).toFixed(2)}000000`;
    const quantity = `0.${String(Math.floor(random() * 1e8)).padStart(8, '0')}`;
    if (n % 2 === 0) {
      const time = EPOCH + n;
      return `{"e":"trade","E":${time},"s":"${symbol}","t":${++trades[number]!},"p":"${price}","q":"${quantity}","T":${time - 1},"m":true,"M":true}`;
    }
    return `{"u":${40_000_000_000 + n},"s":"${symbol}","b":"${price}","B":"${quantity}","a":"${price}","A":"${quantity}"}`;
  });
}

/** The symbols of {@link binanceFrames}. */
export const BINANCE_SYMBOLS: readonly string[] = Array.from({ length: SYMBOLS }, (_, n) => `S${n}USDT`);
