import { ConformanceError, assertEqual } from './assertions.js';
import { DEFAULT_CASE_TIMEOUT_MS, DEFAULT_TIMEOUT_MS, KitTime, type KitTiming } from './kit-time.js';
import type { CaseContext, TestRunner } from './test-runner.js';

/** A fresh, isolated instance under test, and what a kit needs to control it. */
export interface Harness {
  /** Lets `ms` pass for the instance, such as `(ms) => clock.advance(ms)` of a `FakeClock`. Default: real time. */
  readonly advance?: (ms: number) => Promise<void>;
  /** Called after each case, even if it failed. Default: `close()` or `disconnect()` of the instance. */
  readonly dispose?: () => Promise<void> | void;
  /** Number of pending timers, such as `() => clock.pending`. If given, none may be left after a case. */
  readonly pending?: () => number;
}

/** Options of every kit. */
export interface KitOptions<H extends Harness, S> {
  /** Creates a fresh instance that shares nothing with earlier ones. Called once or twice for each case. */
  readonly createHarness: () => Promise<H> | H;
  /** Optional abilities of the implementation. Cases of the others are skipped; all other cases run. */
  readonly supports?: Partial<S>;
  /** Time limits of the kit. */
  readonly timing?: KitTiming;
}

// The runner's limit is this much longer, because the message of the kit is clearer.
const RUNNER_EXTRA_MS = 5000;

/** Why a case does not apply to an instance; `undefined` if it does. */
export type SkipReason<H> = (harness: H) => string | undefined;

/** Registers the cases of a kit. Each gets its own instance and a time limit. */
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

  /** Registers a case under the rule that it tests. With a `skipReason`, an instance may turn out to need no such rule. */
  rule(
    name: string,
    run: (harness: H, time: KitTime) => Promise<void>,
    skipReason: SkipReason<H> = () => undefined,
  ): void {
    const limitMs = this.#options.timing?.caseTimeoutMs ?? DEFAULT_CASE_TIMEOUT_MS;
    const runIn = (context: CaseContext | undefined): Promise<void> =>
      withTimeLimit(name, limitMs, () =>
        this.#withHarness(async (harness, time) => {
          const reason = skipReason(harness);
          if (reason === undefined) await run(harness, time);
          else context?.skip?.(reason);
        }),
      );
    // Without a parameter: Jest would take one for a callback, and vitest for its fixtures.
    const runCase = function (): Promise<void> {
      // eslint-disable-next-line prefer-rest-params -- a rest parameter is one to vitest, too
      return runIn(arguments[0] as CaseContext | undefined);
    };
    this.#runner.it(name, runCase, limitMs + RUNNER_EXTRA_MS);
  }

  /** Registers a case for implementations with an optional ability; for others it is skipped. */
  ruleIf(
    supported: boolean,
    name: string,
    run: (harness: H, time: KitTime) => Promise<void>,
    skipReason?: SkipReason<H>,
  ): void {
    if (supported) this.rule(name, run, skipReason);
    else this.#runner.it.skip?.(name, async () => undefined);
  }

  /** Registers a case about the factory: two instances exist side by side. */
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
      // In real time it may take as long as the case; a fake clock must be advanced meanwhile.
      await (harness.advance ? time.settled(disposed, 'disposing of the harness') : disposed);
      if (!failure) assertEqual(harness.pending?.() ?? 0, 0, 'timers left behind after closing');
    } catch (error) {
      // The first error is more important than one of the cleanup.
      failure ??= { error };
    }
    if (failure) throw failure.error;
  }

  get #timeoutMs(): number {
    return this.#options.timing?.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  }
}

function withTimeLimit(name: string, limitMs: number, run: () => Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    const late = (): void => reject(new ConformanceError(`"${name}" did not end within ${limitMs} ms`));
    const timer = setTimeout(late, limitMs);
    run()
      .then(resolve, reject)
      .finally(() => clearTimeout(timer));
  });
}
