/** Prices may be missing between two times. Comes in the stream before the prices that follow the gap. */
export interface PriceStreamGap {
  readonly type: 'gap';
  /** Up to when the stream was whole, ms since 1970 (the last message before the gap, or when it was subscribed). */
  readonly from: number;
  /** From when on prices flow again, ms since 1970. */
  readonly to: number;
  /** Symbols concerned. */
  readonly symbols: readonly string[];
  /** What broke: the link, silence on an open link, the venue's sequence, or a slow reader's backlog. */
  readonly reason: 'disconnect' | 'silence' | 'sequence' | 'overflow';
  /** Whether what follows is a full picture again (a snapshot, or a stream whose every message is one). */
  readonly recovered: boolean;
}
