/** Prices may be missing between two times. A stream delivers it before the prices that follow the gap. */
export interface PriceStreamGap {
  readonly type: 'gap';
  /** Until when no price is missing, ms since 1970: the time of the last message before the gap, or of the subscription. */
  readonly from: number;
  /** From when on prices arrive again, ms since 1970. */
  readonly to: number;
  /** The symbols whose prices may be missing. */
  readonly symbols: readonly string[];
  /** Cause: the link broke, the open link was silent, sequence numbers of the venue are missing, or the backlog of a slow reader overflowed. */
  readonly reason: 'disconnect' | 'silence' | 'sequence' | 'overflow';
  /** Whether the prices after the gap are complete: a snapshot comes first, or each message is one. */
  readonly recovered: boolean;
}
