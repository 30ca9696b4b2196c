import type { EastmoneyFields } from './eastmoney-rows.js';

/** The quote of a row. */
export interface EastmoneyQuote {
  readonly price: string;
  readonly previousClose?: string;
  readonly bid?: string;
  readonly ask?: string;
  /** Time of the price, ms since 1970, if the row has one. */
  readonly timestamp?: number;
  /** Whether the only price is the last close. */
  readonly isHalted: boolean;
}

const NUMBER = /^-?\d+(\.\d+)?$/;

/** Reads a row of a list (`f2` …) or of a single instrument (`f43` …). Returns a reason if the row cannot be used. */
export function eastmoneyQuote(fields: EastmoneyFields, fltt: 1 | 2): EastmoneyQuote | string {
  const isSingle = fields['f43'] !== undefined;
  const decimals = isSingle ? fields['f59'] : (fields['f1'] ?? fields['f152']);
  if (fltt === 1 && !/^\d$/.test(String(decimals))) return 'no-decimals';
  const read = (value: unknown): string | undefined => {
    const text = String(value);
    if (!NUMBER.test(text)) return undefined;
    const price = fltt === 1 ? scaled(text, Number(decimals)) : text;
    // Zero means none: an empty side of the order book, or no trade yet.
    return Number(price) === 0 ? undefined : price;
  };
  const last = read(isSingle ? fields['f43'] : fields['f2']);
  const previousClose = read(isSingle ? fields['f60'] : fields['f18']);
  const price = last ?? previousClose;
  if (price === undefined) return 'no-price';
  const [bid, ask] = isSingle ? [] : [read(fields['f31']), read(fields['f32'])];
  const seconds = Number(isSingle ? fields['f86'] : fields['f124']);
  return {
    price,
    isHalted: last === undefined,
    ...(previousClose !== undefined && { previousClose }),
    ...(bid !== undefined && { bid }),
    ...(ask !== undefined && { ask }),
    ...(seconds > 0 && { timestamp: seconds * 1000 }),
  };
}

/** `187` with 2 decimals is `1.87`. A number with a point is left as it is. */
function scaled(text: string, decimals: number): string {
  if (decimals === 0 || text.includes('.')) return text;
  const sign = text.startsWith('-') ? '-' : '';
  const digits = text.slice(sign.length).padStart(decimals + 1, '0');
  return `${sign}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}
