import { describe, expect, test } from 'vitest';
import { recordings, canUseRecording } from '../requirements.js';
import { run } from './child.js';

const BINANCE = 'replay/binance-spot-btcusdt-ethusdt-20240808T2354Z-20240809T0005Z.bookTicker+trade.txt.gz';
const IBM = ['07', '08'].map((day) => `replay/lean-equity_usa_tick_ibm_201310${day}_trade.csv.gz`);
const LAST: Array<[string, number, RegExp]> = [
  [BINANCE, 166_339, /BTCUSDT {2}10 × 61602\.02 USDT = 616,020\.20 USDT/],
  [IBM[0]!, 24_293, /IBM {2}10 × 181\.99 USD = 1,819\.90 USD/],
  [IBM[1]!, 33_381, /IBM {2}10 × 179\.55 USD = 1,795\.50 USD/],
];

describe.concurrent.each(LAST)('the quickstart on %s at full speed', (path, prices, row) => {
  test.skipIf(!canUseRecording(path))(
    'ends with the last prices of the file, and within 300 MB',
    async () => {
      const file = recordings(path).path;
      const { code, stdout } = await run('examples/quickstart/main.ts', ['--replay', file, '--speed', 'max']);
      expect(code).toBe(0);
      expect(stdout).toMatch(row);
      expect(stdout).toContain(`${prices.toLocaleString('en-US')} received`);
      expect(stdout).toMatch(/equal to the digit\n$/);
      // Node and the compiler take some 100 MB of it; the largest file would take 24 MB as text.
      expect(Number(/peak memory +(\d+) MB/.exec(stdout)![1])).toBeLessThan(300);
    },
  );
});
