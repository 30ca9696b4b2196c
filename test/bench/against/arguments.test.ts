import { describe, expect, it } from 'vitest';
import { readArguments, WrongInput } from '../../../bench/against/arguments.js';

describe('readArguments', () => {
  it('has defaults for all but the folder', () => {
    expect(readArguments(['--against', '../older'])).toEqual({
      against: '../older',
      cases: ['pipeline', 'latency'],
      pairs: 12,
      quick: false,
      json: false,
    });
    expect(readArguments(['--against', '../older', '--quick']).pairs).toBe(6);
  });

  it('takes cases, each once, and a limit in percent', () => {
    const given = [
      '--against=../older',
      'save',
      'durable',
      'save',
      '--within',
      '2.5',
      '--pairs',
      '20',
      '--json',
    ];
    expect(readArguments(given)).toEqual({
      against: '../older',
      cases: ['save', 'durable'],
      within: 2.5,
      pairs: 20,
      quick: false,
      json: true,
    });
  });

  it.each([
    [['--against'], '--against'],
    [['--against', ''], '--against needs the folder'],
    [['pipeline'], '--against needs the folder'],
    [['--against', 'x', '--within', 'five'], '--within is "five"'],
    [['--against', 'x', '--within', ''], '--within is ""'],
    [['--against', 'x', '--within', '0'], '--within is "0"'],
    [['--against', 'x', '--pairs', '5'], '--pairs is "5"'],
    [['--against', 'x', '--pairs', '7.5'], '--pairs is "7.5"'],
    [['--against', 'x', '--pairs', 'many'], '--pairs is "many"'],
    [['--against', 'x', '--check'], "Unknown option '--check'"],
  ])('says of %j what is wrong', (given, message) => {
    expect(() => readArguments(given)).toThrow(WrongInput);
    expect(() => readArguments(given)).toThrow(message);
  });
});
