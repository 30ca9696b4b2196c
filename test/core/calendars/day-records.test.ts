import { describe, expect, test } from 'vitest';
import { sampleClose, sampleResult } from '../../../src/conformance/day-store/sample-days.js';
import { closesByKey, rangeToLoad, resultsToStore } from '../../../src/core/calendars/day-records.js';
import type { DayClose, DayRange } from '../../../src/core/calendars/day-store.js';

describe('closes and results that are given to a store of days', () => {
  test('are copied without fields that nobody reads', () => {
    const [close] = closesByKey([{ ...sampleClose('A', 1), extra: 1 } as DayClose]).values();
    expect(close).toEqual(sampleClose('A', 1));
    expect(close).not.toHaveProperty('currency');
    const result = sampleResult('p', 1);
    expect(resultsToStore([result])[0]).not.toBe(result);
  });

  test('are refused with what was given, and what is accepted', () => {
    expect(() => closesByKey([sampleClose('A', 1, { date: '2026-02-30' })])).toThrow(
      'saveCloses: date: expected a date such as "2026-11-27", got "2026-02-30".',
    );
    expect(() => closesByKey([sampleClose('A', 1, { source: 'guess' as 'official' })])).toThrow(
      'saveCloses: source: expected "recorded" or "official", got "guess".',
    );
    expect(() => resultsToStore([sampleResult('p', 1, { officialCloses: -1 })])).toThrow(
      'saveResults: officialCloses: expected a whole number from 0, got -1.',
    );
  });

  test('are refused for a range whose ends are misspelt', () => {
    const range = { form: '2026-01-05' } as DayRange;
    expect(() => rangeToLoad(range)).toThrow('loadResults: unknown option "form"; did you mean "from"?');
  });
});
