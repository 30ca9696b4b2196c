import { mainlandChina } from '../../calendars/mainland-china.js';

/** The call auction begins a quarter of an hour before trading: by then quotes have the close of the last session. */
const AUCTION_MS = 15 * 60_000;

/**
 * Whether a quote that has no time of its own may still show the close before the last one (昨收): on a trading day before its call auction, when nobody says whether the quote is
 * yesterday's.
 * @param at ms since 1970.
 */
export function mayShowOlderClose(at: number): boolean {
  const session = mainlandChina.sessionAt(at);
  return session !== null && at < session.opensAt - AUCTION_MS;
}
