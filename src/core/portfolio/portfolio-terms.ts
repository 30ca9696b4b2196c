import { invalidArgument, quote } from '../errors.js';
import { InstrumentCatalog } from '../instruments/instrument-catalog.js';
import { Instrument } from '../instruments/instrument.js';
import { currencyOf } from '../money/currency.js';
import { checkedName } from './checked-name.js';
import type { InstrumentFinder } from './ledger/account.js';
import type { CostMethod } from './ledger/cost-method.js';
import type { PortfolioTerms } from './portfolio-input.js';

const NO_INSTRUMENTS = new InstrumentCatalog();
const COST_METHODS: readonly CostMethod[] = ['average', 'fifo', 'lifo', 'hifo'];

/** What a portfolio is, apart from its holdings, checked and with its defaults. */
export interface CheckedTerms {
  readonly id: string;
  readonly currency: string;
  readonly costMethod: CostMethod;
  readonly tags: Readonly<Record<string, string>>;
  readonly catalog: InstrumentCatalog;
}

/** @throws TickmarkError `INVALID_ARGUMENT`, `UNKNOWN_CURRENCY`. */
export function checkedTerms(input: PortfolioTerms): CheckedTerms {
  if (typeof input !== 'object' || input === null)
    throw invalidArgument('Portfolio', input, 'an object with id and currency');
  const id = checkedName(input.id, 'Portfolio: id');
  const where = `Portfolio ${quote(id)}`;
  const { costMethod = 'average', instruments } = input;
  if (!COST_METHODS.includes(costMethod))
    throw invalidArgument(`${where}: costMethod`, costMethod, COST_METHODS.map(quote).join(', '));
  return {
    id,
    currency: currencyOf(input.currency, `${where}: currency`).code,
    costMethod,
    tags: Object.freeze({ ...input.tags }),
    // A catalog of its own, which keeps what it has once found: a portfolio does not change with the catalog of others.
    catalog: instruments === undefined ? NO_INSTRUMENTS : new InstrumentCatalog(instruments),
  };
}

/** Finds the instruments of a catalog, and plain ones for symbols that are not in it. */
export function instrumentFinder(catalog: InstrumentCatalog): InstrumentFinder {
  const plain = new Map<string, Map<string, Instrument>>();
  return (symbol, currency) => {
    const known = catalog.find(symbol);
    if (known) return known;
    let ofCurrency = plain.get(currency);
    if (!ofCurrency) plain.set(currency, (ofCurrency = new Map()));
    let instrument = ofCurrency.get(symbol);
    if (!instrument) ofCurrency.set(symbol, (instrument = Instrument.plain(symbol, currency)));
    return instrument;
  };
}
