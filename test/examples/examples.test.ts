import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root, run } from './child.js';

const EXPECTED: Record<string, readonly RegExp[]> = {
  faults: [
    /^PRICE_REJECTED: .*not-positive/m,
    /^stream: reconnecting$/m,
    /^gap: ACME, \d+ ms, disconnect$/m,
    /^received (\d+) = [^]*outdated 1 [^]*= \1$/m,
  ],
  'incomplete-values': [
    /unpriced \[SOLARIS,NEWCO\], unconverted \[EUR\]/,
    /^NEWCO at 12.50\n {2}market value 5110.19, of what is known 5110.19 USD\n {2}complete true/m,
    /^EUR\/USD at 1.0500\n {2}market value 5112.89,/m,
  ],
  'main-job': [
    /^family: market value [\d.]+ USD, equity [\d.]+$/m,
    /^stored: [\d.]+ USD, of holdings at version 1$/m,
  ],
  'price-policies': [
    /^last: unrealized -5.00 USD$/m,
    /^exit: unrealized -15.00 USD$/m,
    /GLOBEX short at ask 42.2$/m,
  ],
  'replay-csv': [
    /^last prices: ACME 182.76, /m,
    /^speed max: 401 lines, \{"header":1\}$/m,
    /value 23315.78 USD/,
  ],
  'revalue-on-demand': [
    /^ada: saved, 1755.48 EUR$/m,
    /^dee: PORTFOLIO_NOT_FOUND$/m,
    /^ada again: repeated$/m,
    /^stored: 1755.48 EUR$/m,
  ],
  thresholds: [/^every change: (\d+) values computed, \d+ published$/m, /^moves of 25 USD: /m],
  'trades-during-ticks': [
    /^trades: 60 done, \d+ conflicts met and overcome$/m,
    /^holdings: version 61, 160 ACME, expected 160$/m,
    /^stored value: [\d.]+ USD, of version 61$/m,
  ],
  'your-own-adapter': [/^status: subscribed$/m, /^TEA \d\.\d\d GBP$/m, /^status: disconnected$/m],
  'your-own-repository': [/^\d+ rules kept, 0 broken$/m],
};

const names = readdirSync(join(root, 'examples'))
  .filter((name) => name.endsWith('.ts'))
  .map((name) => name.slice(0, -'.ts'.length))
  .sort();

test('every example is run here and listed in their README', () => {
  expect(names).toEqual(Object.keys(EXPECTED).sort());
  const readme = readFileSync(join(root, 'examples/README.md'), 'utf8');
  for (const name of names) expect(readme).toContain(`(${name}.ts)`);
});

test.concurrent.each(names)('%s runs to its end and shows what it teaches', async (name) => {
  const { code, stdout, stderr } = await run(`examples/${name}.ts`);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  for (const line of EXPECTED[name] ?? []) expect(stdout).toMatch(line);
});
