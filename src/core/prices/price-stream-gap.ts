/** Prices may be missing between two times. A stream sends it before the prices that follow the gap. */
export interface PriceStreamGap {
  readonly type: 'gap';
  /** Until when nothing was missing, ms since 1970: the last message before the gap, or the time of the subscription. */
  readonly from: number;
  /** Since when prices arrive again, ms since 1970. */
  readonly to: number;
  /** The symbols of which prices may be missing. */
  readonly symbols: readonly string[];
  /** Cause: the link broke, an open link was silent, the venue's sequence has a hole, or the backlog of a slow reader overflowed. */
  readonly reason: 'disconnect' | 'silence' | 'sequence' | 'overflow';
  /** Whether what follows is complete again: a snapshot, or a stream in which each message is one. */
  readonly recovered: boolean;
}
