import { ListedRows } from '../book/valued-rows.js';
import type { EventCodec } from '../messaging/event-codec.js';
import type { EventDataReader, EventDataWriter } from '../messaging/event-data.js';
import type { EventHeader } from '../messaging/event-envelope.js';
import { integerField, malformed, stringField } from '../messaging/wire-fields.js';
import { isKnownCurrency } from '../money/currency.js';
import { portfolioValuationField } from '../portfolio/figures/portfolio-valuation-fields.js';
import { STREAMED_FIGURES } from '../portfolio/figures/portfolio-totals.js';
import { totalsField } from './portfolio-valued-codec.js';
import { PortfolioValuedBatch } from './portfolio-valued-event.js';

/** Type of messages with one value: that of `PortfolioValuedEvent`. */
export const PORTFOLIO_VALUED = 'tickmark.portfolio.valued';

/**
 * A {@link PortfolioValuedBatch} of one row as plain JSON, for readers that know nothing of columns: the fields of its `PortfolioValuedEvent`,
 * amounts as decimal strings, `null` where unknown.
 */
export class PortfolioValueCodec implements EventCodec<PortfolioValuedBatch> {
  readonly type: string;

  /** @param type Type of the events that it is for. */
  constructor(type: string = PORTFOLIO_VALUED) {
    this.type = type;
  }

  encode(batch: PortfolioValuedBatch, data: EventDataWriter): void {
    const { type: _type, id: _id, occurredAt: _at, ...fields } = batch.at(0);
    for (const [name, value] of Object.entries(fields)) data.value(name, value);
  }

  decode(data: EventDataReader, { id, occurredAt }: EventHeader): PortfolioValuedBatch {
    const currency = stringField(data.value('currency'), 'data.currency');
    if (!isKnownCurrency(currency)) throw malformed('data.currency', currency, 'a known currency');
    const portfolio = {
      id: stringField(data.value('portfolioId'), 'data.portfolioId'),
      version: integerField(data.value('version'), 'data.version'),
      currency,
    };
    const names = [...STREAMED_FIGURES, 'priced', 'complete'] as const;
    const given = Object.fromEntries(names.map((name) => [name, data.value(name)]));
    const totals = totalsField(given, 'data');
    const valuation = data.value('valuation');
    return new PortfolioValuedBatch(
      id,
      occurredAt,
      new ListedRows([{ portfolio, totals: () => totals }]),
      valuation === undefined ? undefined : [portfolioValuationField(valuation, 'data.valuation')],
    );
  }
}
