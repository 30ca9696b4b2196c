import { unsavedChanges } from '../../../../../src/core/portfolio/saving/unsaved-changes.js';
import { snapshotToSave } from '../../../../../src/core/portfolio/saving/snapshot-to-save.js';
import { restoredPortfolio } from '../../../../../src/core/portfolio/saving/restored-portfolio.js';
import { describe, expect, test } from 'vitest';
import { Instrument } from '../../../../../src/core/instruments/instrument.js';
import { SNAPSHOT_FORMAT } from '../../../../../src/core/portfolio/ledger/snapshot/ledger-snapshot.js';
import {
  InstrumentTable,
  instrumentReader,
} from '../../../../../src/core/portfolio/ledger/snapshot/instrument-table.js';
import { decimalOf } from '../../../../../src/core/portfolio/ledger/snapshot/exact-text.js';
import type { PortfolioSnapshot } from '../../../../../src/core/portfolio/portfolio-input.js';
import { Portfolio } from '../../../../../src/core/portfolio/portfolio.js';
import { buy, entriesOf, spinOff } from '../ledger-tools.js';
import { restoredAt } from './restored.js';

const TERMS = { id: 'p', currency: 'USD', costMethod: 'average', tags: {}, instruments: [] } as const;
const whole = Portfolio.replay(TERMS, entriesOf([buy('A', 10, 5)]));
const text = snapshotToSave(whole, 1)!.text!;
const restored = (given: string, entries = 1, later: PortfolioSnapshot['entries'] = []) =>
  restoredPortfolio({ ...TERMS, version: 3, entries: later }, { text: given, entries });

describe('a snapshot', () => {
  test('is read at its own version, and is known to be stored', () => {
    const portfolio = restored(text)!;
    expect([portfolio.version, portfolio.entryCount, portfolio.isLedgerLoaded]).toEqual([3, 1, false]);
    expect(unsavedChanges(portfolio)).toEqual({
      isWhole: false,
      entries: [],
      firstOrdinal: 1,
      positions: [],
      closed: [],
    });
  });

  test.each([
    ['of another form', text.replace(`"format":${SNAPSHOT_FORMAT}`, '"format":0')],
    ['that is no JSON', text.slice(0, -1)],
    ['without an account', `{"format":${SNAPSHOT_FORMAT},"entries":1}`],
    ['with what is no number', text.replace('"quantity":"10"', '"quantity":"ten"')],
    ['that names no instrument of it', text.replace('"instrument":0', '"instrument":1')],
  ])('%s is not read', (_, given) => {
    expect(given).not.toBe(text);
    expect(restored(given)).toBeNull();
  });

  test('of other entries than it is stored with is not read', () => {
    expect(restored(text, 2)).toBeNull();
    // An entry that is earlier than its last one: it was stored by somebody who does not know of snapshots.
    expect(restored(text, 1, entriesOf([buy('A', 1, 1, { id: 'late', at: 5 })]))).toBeNull();
  });

  test('has each event once, however often its symbol has become another one', () => {
    const steps = Array.from({ length: 40 }, (_, n) => spinOff(n % 2 ? 'B' : 'A', n % 2 ? 'A' : 'B', '0.1'));
    const entries = entriesOf([buy('A', 8, 5), buy('B', 8, 5), ...steps]);
    const long = restoredAt(TERMS, entries, entries.length);
    // Written out each time, they would double with each step.
    expect(snapshotToSave(long.withVersion(9), 1)!.text!.length).toBeLessThan(50_000);
  });
});

describe('an instrument', () => {
  const one = Instrument.of({ symbol: 'A', currency: 'USD', multiplier: 10 });

  test('is named by its symbol where the portfolio finds the same one, else written out', () => {
    const same = new InstrumentTable(() => Instrument.of(one.toJSON()));
    expect([same.add(one), same.add(one), same.data]).toEqual([0, 0, [['A', 'USD']]]);
    const other = new InstrumentTable(Instrument.plain);
    other.add(one);
    expect(other.data).toEqual([one.toJSON()]);
    const read = instrumentReader(JSON.parse(JSON.stringify(other.data)) as [], Instrument.plain)(0);
    expect(read.toJSON()).toEqual(one.toJSON());
  });
});

test.each([
  '0',
  '0.00',
  '-0.5',
  '12.340',
  '123456789012345.6',
  '9007199254740993',
  `-${'7'.repeat(90)}.${'1'.repeat(60)}0`,
])('%s is read with all its digits', (digits) => {
  expect(decimalOf(digits).toString()).toBe(digits);
  expect(decimalOf(digits).scale).toBe((digits.split('.')[1] ?? '').length);
});
