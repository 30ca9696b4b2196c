import { BUS_GAP, type BusGapEvent, type DomainEvent, type EventBus, type TickmarkError } from 'tickmark';
import { expect } from 'vitest';
import { sized } from '../sizes.js';
import { SLOW_TEST_MS, pause, until } from '../waiting.js';

// A quiet machine needs less than 5 s, which the full size holds it to; how busy the gate's machine is, nobody knows.
const BACK_WITHIN_MS = sized({ quick: 60_000, gate: 60_000, full: 5_000 });
const BEAT_MS = 50;
// A gap begins at the last sign of life, which is noted a little after it came.
const NOTED_WITHIN_MS = sized({ quick: 20_000, gate: 20_000, full: 5_000 });

interface Beat extends DomainEvent {
  readonly type: 'fault.beat';
}

/** What a bus told `onError`. */
export class Told {
  readonly errors: TickmarkError[] = [];
  readonly onError = (error: TickmarkError): void => void this.errors.push(error);

  /** Nothing is told again and again: no message came more than `most` times. */
  expectOnce(most: number): void {
    const counts = new Map<string, number>();
    for (const { message } of this.errors) counts.set(message, (counts.get(message) ?? 0) + 1);
    const repeated = [...counts].filter(([, count]) => count > most);
    expect(repeated).toEqual([]);
  }
}

/** Events from one bus to another, one after the other, until they are stopped. */
export class Beating {
  /** Those that were accepted. */
  readonly sent: Beat[] = [];
  readonly failed: TickmarkError[] = [];
  readonly heard: Array<{ readonly beat: Beat; readonly at: number }> = [];
  readonly gaps: BusGapEvent[] = [];
  #isOn = true;
  readonly #beating: Promise<void>;

  constructor(from: EventBus, to: EventBus) {
    to.subscribe<Beat>('fault.beat', (beat) => void this.heard.push({ beat, at: Date.now() }));
    to.subscribe(BUS_GAP, (gap) => void this.gaps.push(gap));
    this.#beating = this.#beat(from);
  }

  async #beat(from: EventBus): Promise<void> {
    for (let number = 0; this.#isOn; number++) {
      const beat: Beat = { type: 'fault.beat', id: String(number), occurredAt: Date.now() };
      await from.publish(beat).then(
        () => this.sent.push(beat),
        (error: TickmarkError) => this.failed.push(error),
      );
      await pause(BEAT_MS);
    }
  }

  /** Waits until something is heard that was sent after now; gives how long that took. */
  async isHeard(): Promise<number> {
    const since = Date.now();
    const found = () => this.heard.find(({ beat }) => beat.occurredAt > since);
    await until('what is published is heard', () => found() !== undefined, {
      everyMs: 5,
      hungAfterMs: SLOW_TEST_MS / 2,
    });
    return found()!.at - since;
  }

  /** Lets a fault happen, and waits until what is published after it is heard, in time. */
  async through(fault: () => Promise<void>): Promise<number> {
    await fault();
    const tookMs = await this.isHeard();
    expect(tookMs).toBeLessThanOrEqual(BACK_WITHIN_MS);
    return tookMs;
  }

  async stop(): Promise<void> {
    this.#isOn = false;
    await this.#beating;
  }

  /** What was accepted and never heard, from the first to the last that were: until the other bus listens, nobody hears. */
  get missing(): Beat[] {
    const heard = new Set(this.heard.map(({ beat }) => beat.id));
    const [first, last] = [this.heard[0]!.beat.occurredAt, this.heard.at(-1)!.beat.occurredAt];
    return this.sent.filter(
      ({ id, occurredAt }) => occurredAt >= first && occurredAt <= last && !heard.has(id),
    );
  }

  /** Every event that was accepted and not heard lies within a gap that was told. */
  expectGaps(): void {
    const told = ({ occurredAt }: Beat) =>
      this.gaps.some(({ from, to }) => occurredAt > from - NOTED_WITHIN_MS && occurredAt <= to);
    expect(this.missing.filter((beat) => !told(beat))).toEqual([]);
  }
}
