import { ConformanceError, assertEqual } from './assertions.js';
import { DEFAULT_CASE_TIMEOUT_MS, DEFAULT_TIMEOUT_MS, KitTime, type KitTiming } from './kit-time.js';
import type { TestRunner } from './test-runner.js';

/** One fresh, isolated instance of what is tested, and the levers that a kit needs. */
export interface Harness {
  /** Lets `ms` pass for the instance, such as `(ms) => clock.advance(ms)` of a `FakeClock`. Default: real time. */
  readonly advance?: (ms: number) => Promise<void>;
  /** Called at the end of each case, also a failed one. Default: the instance's own `close()` or `disconnect()`. */
  readonly dispose?: () => Promise<void> | void;
  /** How many timers wait, such as `() => clock.pending`. Where given, none may be left at the end of a case. */
  readonly pending?: () => number;
}

/** Options that every kit takes. */
export interface KitOptions<H extends Harness, S> {
  /** Makes a fresh instance that shares nothing with earlier ones. Called for each case, once or twice. */
  readonly createHarness: () => Promise<H> | H;
  /** What the implementation can do beyond what the port demands. Nothing else leaves a case out. */
  readonly supports?: Partial<S>;
  /** How long the kit waits. */
  readonly timing?: KitTiming;
}

// By how much a runner's limit is above the kit's own, whose message says more.
const RUNNER_EXTRA_MS = 5000;

/** Registers the cases of a kit: each gets an instance of its own, and ends in time. */
export class Kit<H extends Harness, S> {
  readonly supports: Partial<S>;
  readonly #runner: TestRunner;
  readonly #options: KitOptions<H, S>;
  readonly #close: (harness: H) => Promise<void>;

  constructor(runner: TestRunner, options: KitOptions<H, S>, close: (harness: H) => Promise<void>) {
    this.supports = options.supports ?? {};
    this.#runner = runner;
    this.#options = options;
    this.#close = close;
  }

  /** Registers a case under the rule that it tests. */
  rule(name: string, run: (harness: H, time: KitTime) => Promise<void>): void {
    const limitMs = this.#options.timing?.caseTimeoutMs ?? DEFAULT_CASE_TIMEOUT_MS;
    const runInTime = (): Promise<void> => inTime(name, limitMs, () => this.#withHarness(run));
    this.#runner.it(name, runInTime, limitMs + RUNNER_EXTRA_MS);
  }

  /** Registers a case that only some implementations can pass; others show it as skipped. */
  ruleIf(supported: boolean, name: string, run: (harness: H, time: KitTime) => Promise<void>): void {
    if (supported) this.rule(name, run);
    else this.#runner.it.skip?.(name, async () => undefined);
  }

  /** Registers the case about the factory itself: two instances live side by side. */
  factoryRule(name: string, run: (one: H, other: H, time: KitTime) => Promise<void>): void {
    this.rule(name, (one, time) =>
      this.#withHarness((other, otherTime) => {
        const advance = async (ms: number): Promise<void> => {
          await time.pass(ms);
          await otherTime.pass(ms);
        };
        return run(one, other, new KitTime(advance, this.#timeoutMs));
      }),
    );
  }

  async #withHarness(run: (harness: H, time: KitTime) => Promise<void>): Promise<void> {
    const harness = await this.#options.createHarness();
    const time = new KitTime(harness.advance, this.#timeoutMs);
    let failure: { readonly error: unknown } | undefined;
    try {
      await run(harness, time);
    } catch (error) {
      failure = { error };
    }
    try {
      const disposed = Promise.resolve(harness.dispose ? harness.dispose() : this.#close(harness));
      // In real time it may take as long as the case; on a fake clock somebody has to move the clock for it.
      await (harness.advance ? time.settled(disposed, 'disposing of the harness') : disposed);
      if (!failure) assertEqual(harness.pending?.() ?? 0, 0, 'timers left behind after closing');
    } catch (error) {
      // What went wrong first says more than what it did to the cleaning up.
      failure ??= { error };
    }
    if (failure) throw failure.error;
  }

  get #timeoutMs(): number {
    return this.#options.timing?.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  }
}

function inTime(name: string, limitMs: number, run: () => Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    const late = (): void => reject(new ConformanceError(`"${name}" did not end within ${limitMs} ms`));
    const timer = setTimeout(late, limitMs);
    run()
      .then(resolve, reject)
      .finally(() => clearTimeout(timer));
  });
}
