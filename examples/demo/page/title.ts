import { amount } from './figures.js';
import type { Messages } from './messages-en.js';
import type { ConnectionState, PortfolioValue } from 'tickmark/client';

/** What the title of the page is about. */
export interface TitleFacts {
  readonly id: string;
  readonly totals: PortfolioValue | null;
  readonly state: ConnectionState;
  /** Since when nothing of what is shown has changed, because it is paused or the page hidden, as text; `null` otherwise. */
  readonly standsSince: string | null;
}

/** The title of the page: first what is wrong, since a tab shows little of it, then the value and whose it is. */
export function titleOf(
  { id, totals, state, standsSince }: TitleFacts,
  say: Messages,
  locale: string,
): string {
  const name = say.names[id] ?? id;
  const value =
    totals && `${amount(totals.marketValue ?? totals.priced.marketValue, locale)} ${totals.currency}`;
  const parts = [value && !totals.complete ? `${value} (${say.incomplete})` : value, name];
  const status = say.status[state];
  if (state !== 'live') parts.unshift(status);
  else if (standsSince) parts.unshift(say.standsSince(standsSince));
  else parts.push(status);
  return parts.filter((part) => part !== null).join(' · ');
}
