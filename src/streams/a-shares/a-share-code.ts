/** Shares in a board lot: what Eastmoney and AKShare count volumes in (手). Buy orders are multiples of it, except on STAR. */
export const A_SHARE_LOT = 100;

/** Exchanges of mainland China: Shanghai, Shenzhen, Beijing. */
export type AShareExchange = 'SH' | 'SZ' | 'BJ';

/** An instrument of a mainland exchange. */
export interface AShareCode {
  /** Six digits, such as `600519`. */
  readonly code: string;
  readonly exchange: AShareExchange;
}

const SPELLINGS =
  'six digits, alone or with their exchange, such as 600519, 000001.SZ, 920002.BJ or 000300.SH';
const SYMBOL = /^(\d{6})(?:\.(SH|SS|SZ|BJ))?$/;

/** The exchange that lists a code: Shanghai 5, 6, 11 and 9 but 92; Beijing 4, 8 and 92; Shenzhen the others. */
export function exchangeOf(code: string): AShareExchange {
  if (/^(4|8|92)/.test(code)) return 'BJ';
  return /^([569]|11)/.test(code) ? 'SH' : 'SZ';
}

/** Reads a symbol, or `undefined` for what is none. An index needs its exchange: `000001.SH` is one, `000001` a bank. */
export function readAShareSymbol(symbol: string): AShareCode | undefined {
  const [, code, suffix] = SYMBOL.exec(symbol) ?? [];
  if (code === undefined) return undefined;
  return {
    code,
    exchange: suffix === 'SS' ? 'SH' : ((suffix as AShareExchange | undefined) ?? exchangeOf(code)),
  };
}

/** Why a text can be no symbol of a mainland exchange, or `undefined` when it can. */
export function aShareSymbolFault(symbol: string): string | undefined {
  return readAShareSymbol(symbol) ? undefined : SPELLINGS;
}

/** Eastmoney's name of an instrument: `1.600519` in Shanghai, `0.000001` in Shenzhen and Beijing. */
export function secidOf({ code, exchange }: AShareCode): string {
  return `${exchange === 'SH' ? 1 : 0}.${code}`;
}

/** What prices are in: yuan, but US dollars for Shanghai's B shares (900…) and Hong Kong dollars for Shenzhen's (200…). */
export function aShareCurrency({ code, exchange }: AShareCode): 'CNY' | 'USD' | 'HKD' {
  if (exchange === 'SH' && code.startsWith('900')) return 'USD';
  return exchange === 'SZ' && code.startsWith('200') ? 'HKD' : 'CNY';
}
