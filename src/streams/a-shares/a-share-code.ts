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

/** The exchange of a code, by its first digits: Shanghai 5, 6, 11 and 9 (not 92); Beijing 4, 8 and 92; Shenzhen all others. */
export function exchangeOf(code: string): AShareExchange {
  if (/^(4|8|92)/.test(code)) return 'BJ';
  return /^([569]|11)/.test(code) ? 'SH' : 'SZ';
}

/** Parses a symbol; `undefined` if it is invalid. An index needs its exchange: `000001.SH` is an index, `000001` a bank. */
export function readAShareSymbol(symbol: string): AShareCode | undefined {
  const [, code, suffix] = SYMBOL.exec(symbol) ?? [];
  if (code === undefined) return undefined;
  return {
    code,
    exchange: suffix === 'SS' ? 'SH' : ((suffix as AShareExchange | undefined) ?? exchangeOf(code)),
  };
}

/** Why a string cannot be a symbol of a mainland exchange, or `undefined` if it can. */
export function aShareSymbolFault(symbol: string): string | undefined {
  return readAShareSymbol(symbol) ? undefined : `symbols are ${SPELLINGS}`;
}

/** Eastmoney's name of an instrument: `1.600519` in Shanghai, `0.000001` in Shenzhen and Beijing. */
export function secidOf({ code, exchange }: AShareCode): string {
  return `${exchange === 'SH' ? 1 : 0}.${code}`;
}

/** Currency of the prices: yuan, but US dollars for B shares of Shanghai (900…) and Hong Kong dollars for those of Shenzhen (200…). */
export function aShareCurrency({ code, exchange }: AShareCode): 'CNY' | 'USD' | 'HKD' {
  if (exchange === 'SH' && code.startsWith('900')) return 'USD';
  return exchange === 'SZ' && code.startsWith('200') ? 'HKD' : 'CNY';
}
