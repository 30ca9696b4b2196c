/** What a row's day P&L starts from, as fractions. It shares no code with the library. */
import { ONE, isFuturesStyle, quotationIn, type Known, type OracleInstrument } from './instrument-oracle.js';
import { quantityOf, settledOf, type OracleHolding } from './ledger-oracle.js';
import { ZERO, add, multiply, parse, subtract, type Rational } from './rational.js';

/** The previous close of a symbol, as its prices are quoted. */
export interface OracleClose {
  /** `null`: unknown. */
  readonly price: string | null;
  readonly accrued: string | null;
  /** Entries at or before it are of the day before. */
  readonly at: number;
  /** Absent: that of the instrument. */
  readonly currency?: string;
}

/** What is known of the day before. */
export interface OracleDay {
  readonly closeOf: (symbol: string) => OracleClose;
  /** Rate of the previous day to the portfolio's currency. */
  readonly rate: (currency: string) => Known;
}

/**
 * Value of a row at the start of its day, and its net cash since, in the portfolio's currency.
 * @param became The symbol that units have become, of which the close applies where their own has none: `units` of it are valued.
 */
export function startOfDay(
  holding: OracleHolding,
  day: OracleDay,
  instrument = holding.instrument,
  became?: (units: Rational, settled: Rational) => Known,
): { value: Known; cash: Known } {
  const close = day.closeOf(instrument.symbol);
  const since = holding.notes.filter(({ at }) => at > close.at);
  const before = since[0] ?? { quantity: quantityOf(holding), settledWorth: settledOf(holding) };
  const ratios = since.map(({ ratio }) => ratio ?? ONE);
  // A close in a currency that the instrument is not quoted in is none.
  const isReadable = close.price !== null && quotationIn(instrument, close.currency ?? instrument.currency);
  // Units as they were just after one of the entries since.
  const valueOf = (units: Rational, settled: Rational, after: number): Known => {
    const today = ratios.slice(after).reduce(multiply, units);
    if (today.n === 0n) return ZERO;
    if (isReadable) return worthThen(instrument, today, settled, close, day);
    return became ? became(today, settled) : null;
  };
  let value = valueOf(before.quantity, before.settledWorth, 0);
  let cash: Known = ZERO;
  since.forEach(({ cash: paid, kept, source }, at) => {
    cash = sumOf(cash, paid);
    value = value && kept ? multiply(value, kept) : value;
    if (!source) return;
    const { from, share, ratio, isWhole } = source;
    const start = startOfDay(
      from,
      day,
      from.instrument,
      isWhole ? (units, settled) => valueOf(multiply(units, ratio), settled, at + 1) : undefined,
    );
    value = sumOf(value, start.value && multiply(start.value, share));
    if (isWhole) cash = sumOf(cash, start.cash);
  });
  return { value, cash };
}

const sumOf = (a: Known, b: Known): Known => a && b && add(a, b);

function worthThen(
  instrument: OracleInstrument,
  quantity: Rational,
  settled: Rational,
  close: OracleClose,
  day: OracleDay,
): Known {
  const quotation = quotationIn(instrument, close.currency ?? instrument.currency)!;
  const worth = quotation.worthAt(quantity, parse(close.price!));
  if (!worth) return null;
  const interest = close.accrued === null ? ZERO : quotation.amountOf(quantity, parse(close.accrued));
  const value = isFuturesStyle(instrument) ? subtract(worth, settled) : worth;
  const rate = day.rate(quotation.currency);
  return rate && multiply(add(value, interest), rate);
}
