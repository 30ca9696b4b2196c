import { BUS_GAP, type BusGapEvent } from './event-bus.js';

/** A gap event. It can be conflated, so at most one waits for each subscription. */
export class BusGap implements BusGapEvent {
  readonly type = BUS_GAP;
  readonly id: string;
  readonly from: number;
  readonly to: number;
  readonly types: readonly string[];
  readonly lost: number | null;
  readonly reason: BusGapEvent['reason'];

  constructor(id: string, gap: Pick<BusGapEvent, 'from' | 'to' | 'types' | 'lost' | 'reason'>) {
    this.id = id;
    this.from = gap.from;
    this.to = gap.to;
    this.types = gap.types;
    this.lost = gap.lost;
    this.reason = gap.reason;
  }

  get occurredAt(): number {
    return this.to;
  }

  conflate(later: BusGap): BusGap {
    return new BusGap(later.id, {
      from: Math.min(this.from, later.from),
      to: Math.max(this.to, later.to),
      types: [...new Set([...this.types, ...later.types])],
      lost: this.lost === null || later.lost === null ? null : this.lost + later.lost,
      // A broken link may have lost any number of events; an overflow was counted.
      reason: this.reason === later.reason ? this.reason : 'disconnect',
    });
  }
}
