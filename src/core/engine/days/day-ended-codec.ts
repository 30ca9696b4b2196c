import type { Decimal } from '../../money/decimal.js';
import { decimalField } from '../../portfolio/figures/portfolio-valuation-fields.js';
import type { EventCodec } from '../../messaging/event-codec.js';
import type { EventDataReader, EventDataWriter } from '../../messaging/event-data.js';
import type { EventHeader } from '../../messaging/event-envelope.js';
import {
  arrayField,
  integerField,
  laterField,
  nullableField,
  recordField,
  stringField,
} from '../../messaging/wire-fields.js';
import { DAY_ENDED, type DayEndedEvent } from './day-ended-event.js';

/** A result, as it is sent. */
interface SentResult {
  readonly portfolioId: string;
  readonly currency: string;
  readonly pnl: Decimal | null;
  readonly officialCloses: number;
}

const resultsField = arrayField(
  recordField<SentResult>({
    portfolioId: stringField,
    currency: stringField,
    pnl: nullableField(decimalField),
    officialCloses: integerField,
  }),
);

/** {@link DayEndedEvent} as a message: `data` has `calendar`, `label`, `date`, `endedAt` and `results`, each with `portfolioId`, `currency`, `pnl` and `officialCloses`. */
export class DayEndedCodec implements EventCodec<DayEndedEvent> {
  readonly type = DAY_ENDED;

  encode({ calendar, label, date, endedAt, results }: DayEndedEvent, data: EventDataWriter): void {
    data.value('calendar', calendar);
    data.value('label', label);
    data.value('date', date);
    data.value('endedAt', endedAt);
    data.value(
      'results',
      results.map(({ portfolioId, currency, pnl, officialCloses }): SentResult => ({
        portfolioId,
        currency,
        pnl,
        officialCloses,
      })),
    );
  }

  decode(data: EventDataReader, { id, occurredAt }: EventHeader): DayEndedEvent {
    const calendar = stringField(data.value('calendar'), 'data.calendar');
    const label = laterField(stringField)(data.value('label'), 'data.label') ?? calendar;
    const date = stringField(data.value('date'), 'data.date');
    const endedAt = integerField(data.value('endedAt'), 'data.endedAt');
    const results = resultsField(data.value('results'), 'data.results').map((result) => ({
      ...result,
      calendar,
      date,
      endedAt,
    }));
    return { type: DAY_ENDED, id, occurredAt, calendar, label, date, endedAt, results };
  }
}
