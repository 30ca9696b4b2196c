import { controlLine, type LineDecoder, type RecordingFormat } from '../recording-format.js';
import { rejections } from './rejections.js';
import { fieldsOf } from './table/separated-line.js';
import { tableDecoder } from './table/table.js';

const HEADER = controlLine('header');

/**
 * Bars of one symbol as yfinance saves them, with three lines before the rows: names of prices, the symbol, and the name of the index (`Date` or `Datetime`). The price is
 * the close. A file of several symbols has several prices in a row, and its rows are refused.
 */
export const yfinance = {
  name: 'yfinance',
  detect: ({ firstLine, options }) =>
    options.columns === undefined &&
    /^Price,/.test(firstLine) &&
    /,Close,/.test(firstLine) &&
    /,Open,/.test(firstLine),
  decoder: (file) => {
    const names = fieldsOf(file.firstLine, ',') ?? [];
    const header = ['time', ...names.slice(1)];
    const rejected = rejections();
    let symbols = new Set<string>();
    let rows: LineDecoder | undefined;
    return (line) => {
      const [first, ...others] = fieldsOf(line, ',') ?? [];
      if (line === file.firstLine || first === 'Date' || first === 'Datetime') return HEADER;
      if (first === 'Ticker') {
        symbols = new Set(others);
        return HEADER;
      }
      if (symbols.size > 1) return rejected('several-symbols');
      const [symbol] = symbols;
      rows ??= tableDecoder(
        { ...file, firstLine: line },
        symbol === undefined ? { header } : { header, symbol, isSaid: true },
      );
      return rows(line);
    };
  },
} as const satisfies RecordingFormat;
