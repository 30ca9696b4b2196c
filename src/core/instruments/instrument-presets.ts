import { Instrument, type InstrumentInput } from './instrument.js';

/** What a preset leaves open. */
export type PresetInput = Omit<InstrumentInput, 'valuationMethod' | 'inverse'>;

/** A share: fully paid, one unit a price. */
export const equity = (input: PresetInput): Instrument => Instrument.of(input);

/** A share of an exchange-traded fund. */
export const etf = (input: PresetInput): Instrument => Instrument.of(input);

/** A unit of an investment fund, valued at its net asset value. */
export const fund = (input: PresetInput): Instrument => Instrument.of(input);

/** A coin or token that is held. */
export const crypto = (input: PresetInput): Instrument => Instrument.of(input);

/** Currency held as a position, such as EUR bought with USD. Cash in a portfolio needs no instrument. */
export const spotFx = (input: PresetInput): Instrument => Instrument.of(input);

/** An option whose premium is paid. Default multiplier: 100, as of options on US shares. */
export const option = ({ multiplier = 100, ...input }: PresetInput): Instrument =>
  Instrument.of({ ...input, multiplier });

/** A bond: quantity is the nominal, the price a percentage of it, without accrued interest. */
export const bond = ({ quotation = 'percent', ...input }: PresetInput): Instrument =>
  Instrument.of({ ...input, quotation });

/** A future. `multiplier` is what one point is worth, such as 50 USD for the E-mini S&P 500. */
export const future = (input: PresetInput & Required<Pick<InstrumentInput, 'multiplier'>>): Instrument =>
  Instrument.of({ ...input, valuationMethod: 'futures' });

/** A perpetual swap that is margined and settled in its quote currency, such as USDT. */
export const perpetual = (input: PresetInput): Instrument =>
  Instrument.of({ ...input, valuationMethod: 'futures' });

/** A perpetual swap that is margined and settled in the coin: one contract is worth `multiplier / price` coins. */
export const inversePerpetual = (
  input: PresetInput & Required<Pick<InstrumentInput, 'settlementCurrency'>>,
): Instrument => Instrument.of({ ...input, valuationMethod: 'futures', inverse: true });

/** A contract for difference: only gains and losses are paid. */
export const cfd = (input: PresetInput): Instrument =>
  Instrument.of({ ...input, valuationMethod: 'futures' });
