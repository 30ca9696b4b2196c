import { BUS_GAP, type BusGapEvent } from '../core/messaging/event-bus.js';

/** Says that a backlog dropped events. Conflates, so a subscription of gaps has at most one waiting. */
export class OverflowGap implements BusGapEvent {
  readonly type = BUS_GAP;
  readonly reason = 'overflow';
  readonly id: string;
  readonly from: number;
  readonly to: number;
  readonly types: readonly string[];
  readonly lost: number;

  constructor(id: string, from: number, to: number, types: readonly string[], lost: number) {
    this.id = id;
    this.from = from;
    this.to = to;
    this.types = types;
    this.lost = lost;
  }

  get occurredAt(): number {
    return this.to;
  }

  conflate(later: OverflowGap): OverflowGap {
    return new OverflowGap(
      later.id,
      Math.min(this.from, later.from),
      Math.max(this.to, later.to),
      [...new Set([...this.types, ...later.types])],
      this.lost + later.lost,
    );
  }
}
