import { TickmarkError, invalidArgument, quote } from '../errors.js';

/** A currency, or a minor unit that prices are quoted in. */
export interface Currency {
  /** ISO 4217 code, a crypto-asset's ticker, or a minor unit such as `GBp`. Case matters: `GBp` is pence. */
  readonly code: string;
  /** Digits after the point of an amount of money: 2 for USD, 0 for JPY. */
  readonly scale: number;
  /** Only for a minor unit: `ratio` units of it are one unit of `code`. */
  readonly minorOf?: { readonly code: string; readonly ratio: number };
}

// Active codes by minor-unit digits, from list one of ISO 4217 as of January 2026, and ANG and BGN, which were withdrawn in 2025 and 2026: older books
// have them. Codes without minor units are further down.
const ISO_4217: ReadonlyArray<readonly [scale: number, codes: string]> = [
  [0, 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'],
  [3, 'BHD IQD JOD KWD LYD OMR TND'],
  [4, 'CLF UYW'],
  [
    2,
    'AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK ' +
      'DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT ' +
      'LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN ' +
      'QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS ' +
      'VED VES WST XAD XCD XCG YER ZAR ZMW ZWG',
  ],
];
// Not in the list, or there without minor units, and quoted nevertheless: the offshore yuan; special drawing rights; metals, by the troy ounce.
const OTHERS: ReadonlyArray<readonly [scale: number, codes: string]> = [
  [2, 'CNH XDR'],
  [3, 'XAU XAG XPT XPD'],
];
// Crypto-assets that venues quote prices in. 8 digits is what venues keep, not what the chains can.
const CRYPTO: ReadonlyArray<readonly [scale: number, codes: string]> = [
  [8, 'BTC ETH SOL BNB XRP ADA DOGE LTC'],
  [2, 'USDT USDC FDUSD DAI'],
];
// Not codes of ISO 4217, but what data vendors call those: USX is the US cent, in which grain and cotton are quoted.
const MINOR_UNITS: ReadonlyArray<readonly [code: string, major: string]> = [
  ['GBp', 'GBP'],
  ['GBX', 'GBP'],
  ['ZAc', 'ZAR'],
  ['ZAC', 'ZAR'],
  ['ILA', 'ILS'],
  ['USX', 'USD'],
];

const currencies = new Map<string, Currency>();
for (const [scale, codes] of [...ISO_4217, ...OTHERS, ...CRYPTO]) {
  for (const code of codes.split(' ')) currencies.set(code, { code, scale });
}
for (const [code, major] of MINOR_UNITS) {
  currencies.set(code, { code, scale: 2, minorOf: { code: major, ratio: 100 } });
}

/**
 * The currency with a code; `where` names the argument in errors.
 *
 * ```ts
 * import { currencyOf } from 'tickmark';
 *
 * currencyOf('JPY').scale; // 0
 * ```
 * @throws TickmarkError `UNKNOWN_CURRENCY` when the code is neither built in nor defined.
 */
export function currencyOf(code: string, where = 'currency'): Currency {
  const currency = currencies.get(code);
  if (currency) return currency;
  throw new TickmarkError(
    'UNKNOWN_CURRENCY',
    `${where}: ${quote(code)} is not a known currency.${caseHint(code)} Accepted are ISO 4217 codes, GBp, GBX, ZAc, ZAC, ILA, USX, CNH, XAU and other ` +
      'metals, common crypto-assets, and what defineCurrency() was given.',
  );
}

/** A sentence, after a space, that names the code which differs only in case, or says how to define a minor unit; empty if there is none. */
export function caseHint(code: unknown): string {
  if (typeof code !== 'string' || code.length > 20) return '';
  // USd is written as GBp is: read as dollars, its prices would be a hundred times as high.
  if (/^[A-Z]{2}[a-z]$/.test(code))
    return ` A minor unit is made known by defineCurrency({ code: ${quote(code)}, scale: 2, minorOf: … }).`;
  const upper = code.trim().toUpperCase();
  const found = currencies.has(upper)
    ? upper
    : [...currencies.keys()].find((each) => each.toUpperCase() === upper);
  return found === undefined ? '' : ` Did you mean ${quote(found)}?`;
}

/** Whether a code is built in or defined. */
export function isKnownCurrency(code: string): boolean {
  return currencies.has(code);
}

/**
 * Defines a currency for the whole process, or replaces one. Call it before portfolios or prices use the code.
 *
 * ```ts
 * import { defineCurrency } from 'tickmark';
 *
 * defineCurrency({ code: 'PEPE', scale: 8 });
 * ```
 * @throws TickmarkError `INVALID_ARGUMENT` for an empty code, a scale outside 0 to 18 or a ratio that is not a whole
 * number above 1; `UNKNOWN_CURRENCY` when the major unit is not known.
 */
export function defineCurrency(currency: Currency): void {
  const { code, scale, minorOf } = currency;
  if (typeof code !== 'string' || code === '')
    throw invalidArgument('defineCurrency: code', code, 'a string that is not empty');
  if (!Number.isInteger(scale) || scale < 0 || scale > 18) {
    throw invalidArgument('defineCurrency: scale', scale, 'a whole number from 0 to 18');
  }
  if (minorOf) {
    currencyOf(minorOf.code, 'defineCurrency: minorOf.code');
    if (!Number.isSafeInteger(minorOf.ratio) || minorOf.ratio < 2) {
      throw invalidArgument('defineCurrency: minorOf.ratio', minorOf.ratio, 'a whole number above 1');
    }
  }
  currencies.set(
    code,
    Object.freeze({ code, scale, ...(minorOf && { minorOf: Object.freeze({ ...minorOf }) }) }),
  );
}
