import { TickmarkError, quote } from '../errors.js';
import type { DomainEvent, EventType } from '../messaging/event-bus.js';
import { arrayField, field, integerField, recordField, stringField } from '../messaging/wire-fields.js';

/** Type of {@link PortfoliosFollowedEvent}. */
export const PORTFOLIOS_FOLLOWED: EventType<PortfoliosFollowedEvent> = 'tickmark.portfolios.followed';

/** Type of {@link FollowersRequestedEvent}. */
export const FOLLOWERS_REQUESTED: EventType<FollowersRequestedEvent> = 'tickmark.followers.requested';

/** The newest format of {@link PortfoliosFollowedEvent} that this version reads and writes. */
export const FOLLOWED_FORMAT = 1;

/** Somebody wants the values of these portfolios: engines with `publish: 'followed'` publish them for a while. Plain data. */
export interface PortfoliosFollowedEvent extends DomainEvent {
  readonly type: 'tickmark.portfolios.followed';
  /** Version of this format: 1. */
  readonly format: number;
  readonly portfolioIds: readonly string[];
  /** How long they are followed unless the event comes again, in ms. */
  readonly expiresInMs: number;
}

/** Asks everybody who follows portfolios to say which, at once. */
export interface FollowersRequestedEvent extends DomainEvent {
  readonly type: 'tickmark.followers.requested';
}

const MAX_EXPIRY_MS = 86_400_000;

const readEvent = recordField<Pick<PortfoliosFollowedEvent, 'format' | 'portfolioIds' | 'expiresInMs'>>({
  format: integerField,
  portfolioIds: arrayField(stringField),
  expiresInMs: field(
    (value): value is number => typeof value === 'number' && value > 0 && value <= MAX_EXPIRY_MS,
    `a number above 0, at most ${MAX_EXPIRY_MS}`,
  ),
});

/** Checks an event that another process has sent. @throws TickmarkError `MALFORMED_INPUT`; `NEWER_FORMAT`. */
export function checkedFollowed(
  event: PortfoliosFollowedEvent,
): Pick<PortfoliosFollowedEvent, 'portfolioIds' | 'expiresInMs'> {
  const { format } = event;
  if (format > FOLLOWED_FORMAT)
    throw new TickmarkError(
      'NEWER_FORMAT',
      `${PORTFOLIOS_FOLLOWED}: format ${quote(format)} is newer than this version of tickmark reads (${FOLLOWED_FORMAT}). Upgrade this process.`,
    );
  return readEvent(event, PORTFOLIOS_FOLLOWED);
}
