import type { Clock, Timer } from '../core/clock.js';
import type { MockInstrument } from './mock-instrument.js';

/** The instruments of one interval, and the timer of their next round. */
interface Rounds {
  readonly instruments: Set<MockInstrument>;
  dueAt: number;
  timer: Timer | undefined;
}

/** Starts a round of updates at each interval, for all instruments of that interval together. */
export class UpdateRounds {
  readonly #clock: Clock;
  readonly #runRound: (instruments: ReadonlySet<MockInstrument>) => void;
  readonly #byInterval = new Map<number, Rounds>();

  constructor(clock: Clock, runRound: (instruments: ReadonlySet<MockInstrument>) => void) {
    this.#clock = clock;
    this.#runRound = runRound;
  }

  /** Adds an instrument to the rounds of its interval; one whose interval is 0 has none. */
  add(instrument: MockInstrument): void {
    const { intervalMs } = instrument.plan;
    if (intervalMs === 0) return;
    let rounds = this.#byInterval.get(intervalMs);
    if (!rounds) {
      rounds = { instruments: new Set(), dueAt: this.#clock.monotonic(), timer: undefined };
      this.#byInterval.set(intervalMs, rounds);
      this.#schedule(rounds, intervalMs);
    }
    rounds.instruments.add(instrument);
  }

  /** Removes an instrument. */
  delete(instrument: MockInstrument): void {
    const { intervalMs } = instrument.plan;
    const rounds = this.#byInterval.get(intervalMs);
    rounds?.instruments.delete(instrument);
    if (rounds?.instruments.size !== 0) return;
    rounds.timer?.clear();
    this.#byInterval.delete(intervalMs);
  }

  /** Removes all instruments. */
  clear(): void {
    for (const { timer } of this.#byInterval.values()) timer?.clear();
    this.#byInterval.clear();
  }

  #schedule(rounds: Rounds, intervalMs: number): void {
    const now = this.#clock.monotonic();
    // After a stall the next round comes at once, and the missed ones are skipped: simulated prices have no backlog to catch up with.
    rounds.dueAt = Math.max(rounds.dueAt + intervalMs, now);
    rounds.timer = this.#clock.setTimer(() => {
      this.#schedule(rounds, intervalMs);
      this.#runRound(rounds.instruments);
    }, rounds.dueAt - now);
  }
}
