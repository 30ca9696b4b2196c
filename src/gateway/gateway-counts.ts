/** Counters of a gateway, see `GatewayStats`. */
export class GatewayCounts {
  opened = 0;
  serialized = 0;
  frames = 0;
  produced = 0;
  sent = 0;
  conflated = 0;
  dropped = 0;
  bytes = 0;
  asked = 0;
  denied = 0;
  failed = 0;
  remembered = 0;
  revoked = 0;
  readonly refused: Record<number, number> = {};
  readonly ended: Record<string, number> = {};

  countRefused(code: number): void {
    this.refused[code] = (this.refused[code] ?? 0) + 1;
  }

  countEnded(how: string): void {
    this.ended[how] = (this.ended[how] ?? 0) + 1;
  }
}
