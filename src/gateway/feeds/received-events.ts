import type { BusGapEvent, DomainEvent } from '../../core/messaging/event-bus.js';
import {
  booleanField,
  choiceField,
  arrayField,
  nullableField,
  numberField,
  recordField,
  stringField,
} from '../../core/messaging/wire-fields.js';
import type { FeedGap } from '../../protocol/feed-status.js';
import type { AccessChangedEvent } from '../readers/access-change.js';

// Events that no codec has checked. On a bus between processes, they come from anyone who may write to it.

/** A gap of the stream, as readers see it, and the symbols whose prices it concerns; `null`: all. */
export interface ReceivedStreamGap {
  readonly gap: FeedGap;
  readonly symbols: readonly string[] | null;
}

/** Which access was revoked, by the gateway of which epoch. */
export type AccessChange = Omit<AccessChangedEvent, keyof DomainEvent>;

const reasonField = choiceField<FeedGap['reason']>('disconnect', 'silence', 'sequence', 'overflow');
const streamGap = recordField<Omit<FeedGap, 'symbolCount'> & Pick<ReceivedStreamGap, 'symbols'>>({
  from: numberField,
  to: numberField,
  symbols: nullableField(arrayField(stringField)),
  reason: reasonField,
  recovered: booleanField,
});
/** A gap of the bus. */
type ReceivedBusGap = Pick<BusGapEvent, 'from' | 'to' | 'types' | 'reason'>;

const busGap = recordField<ReceivedBusGap>({
  from: numberField,
  to: numberField,
  types: arrayField(stringField),
  reason: choiceField('disconnect', 'overflow'),
});
const accessChange = recordField<AccessChange>({
  epoch: stringField,
  change: choiceField('revoked', 'disconnected'),
  subject: nullableField(stringField),
  portfolioId: nullableField(stringField),
  symbol: nullableField(stringField),
});

/** @throws TickmarkError `MALFORMED_INPUT`. */
export function readStreamGap({ gap }: { readonly gap: unknown }): ReceivedStreamGap {
  const { symbols, ...fields } = streamGap(gap, 'gap');
  return { gap: { ...fields, symbolCount: symbols?.length ?? null }, symbols };
}

/** @throws TickmarkError `MALFORMED_INPUT`. */
export function readBusGap(event: unknown): ReceivedBusGap {
  return busGap(event, 'gap of the bus');
}

/** @throws TickmarkError `MALFORMED_INPUT`. */
export function readAccessChange(event: unknown): AccessChange {
  return accessChange(event, 'change of access');
}
