import { LONGEST_DELAY_MS, checkDelay } from '../core/clock.js';
import { invalidArgument } from '../core/errors.js';
import { checkNumber } from '../core/options.js';
import type { PriceStreamGap } from '../core/prices/price-stream-gap.js';

/** When a fault begins. Give exactly one of the two. */
export interface MockFaultTrigger {
  /** Time after `connect()`, in ms. */
  readonly atMs?: number;
  /** In which round of updates since `connect()`, counted from 1. Each interval and each call of `tick()` is a round. */
  readonly atTick?: number;
}

/**
 * A fault that the mock stream simulates.
 *
 * - `silence`: prices stop; the link and its heartbeats continue. Default duration: until `disconnect()`.
 * - `half-open`: prices and heartbeats stop; the status stays `subscribed`. Default duration: until `disconnect()`.
 * - `disconnect`: the status is `reconnecting` for the duration (default 1,000 ms), then the link and its subscriptions are restored.
 * - `gap`: updates are lost, so the sequence numbers jump.
 * - `duplicate`: an update is delivered twice.
 * - `out-of-order`: two consecutive updates are swapped.
 * - `bad-tick`: an update has `price` (default `NaN`) instead of its real price.
 *
 * Each of the last four affects the next update of each symbol, or with `durationMs` all updates in that time. After lost updates
 * the stream delivers a gap before the next price. Its reason is `disconnect` after a `disconnect`, `sequence` after a `gap`, and
 * `silence` otherwise.
 */
export type MockFault = MockFaultTrigger &
  (
    | { readonly kind: 'half-open' | 'disconnect'; readonly durationMs?: number }
    | {
        readonly kind: 'silence' | 'gap' | 'duplicate' | 'out-of-order';
        readonly durationMs?: number;
        /** The affected symbols. Default: all. */
        readonly symbols?: readonly string[];
      }
    | {
        readonly kind: 'bad-tick';
        readonly durationMs?: number;
        readonly symbols?: readonly string[];
        /** The wrong price. Default `NaN`. */
        readonly price?: number | string;
      }
  );

type Kind = MockFault['kind'];
const KINDS: readonly Kind[] = [
  'silence',
  'half-open',
  'gap',
  'duplicate',
  'out-of-order',
  'bad-tick',
  'disconnect',
];
const WHOLE_LINK: readonly Kind[] = ['half-open', 'disconnect'];
const LASTING: readonly Kind[] = ['silence', 'half-open', 'disconnect'];
const DISCONNECT_MS = 1000;

interface ScriptedFault {
  readonly fault: MockFault;
  readonly symbols: ReadonlySet<string> | undefined;
  /** When it ends, in ms after connect; `undefined` before it begins. */
  endsAt: number | undefined;
  /** The symbols that it has affected, for a fault that affects each symbol once; `undefined` for one that lasts for a time. */
  readonly doneSymbols: Set<string> | undefined;
}

/**
 * Checks a script of faults.
 * @throws TickmarkError `INVALID_ARGUMENT` with the index of the fault, what was given and what is accepted.
 */
export function checkFaults(where: string, faults: readonly MockFault[]): void {
  faults.forEach((fault, index) => {
    const at = `${where}[${index}]`;
    const { kind, atMs, atTick, durationMs } = fault;
    if (!KINDS.includes(kind)) throw invalidArgument(`${at}.kind`, kind, `one of ${KINDS.join(', ')}`);
    if ((atMs === undefined) === (atTick === undefined))
      throw invalidArgument(at, atMs === undefined ? 'neither' : 'both', 'exactly one of atMs and atTick');
    if (atMs !== undefined) checkDelay(atMs, `${at}.atMs`);
    if (atTick !== undefined) checkNumber(`${at}.atTick`, atTick, { from: 1, isWhole: true });
    if (durationMs !== undefined && !(durationMs > 0 && durationMs <= LONGEST_DELAY_MS))
      throw invalidArgument(`${at}.durationMs`, durationMs, `ms above 0 up to ${LONGEST_DELAY_MS}`);
    const symbols = (fault as { symbols?: unknown }).symbols;
    if (symbols !== undefined && (WHOLE_LINK.includes(kind) || !Array.isArray(symbols)))
      throw invalidArgument(
        `${at}.symbols`,
        symbols,
        WHOLE_LINK.includes(kind) ? `none with ${kind}` : 'an array',
      );
  });
}

/** The script of faults of one connection. All times are in ms after `connect()`. */
export class MockFaultScript {
  readonly #scripted: readonly ScriptedFault[];
  #elapsed = 0;

  constructor(faults: readonly MockFault[]) {
    this.#scripted = faults.map((fault) => ({
      fault,
      symbols: 'symbols' in fault && fault.symbols ? new Set(fault.symbols) : undefined,
      endsAt: undefined,
      doneSymbols: fault.durationMs === undefined && !LASTING.includes(fault.kind) ? new Set() : undefined,
    }));
  }

  /** The times at which the link breaks, of those faults whose trigger is a time. */
  get breaks(): readonly number[] {
    return this.#scripted.flatMap(({ fault }) =>
      fault.kind === 'disconnect' && fault.atMs !== undefined ? [fault.atMs] : [],
    );
  }

  /** Starts the faults that are due. @returns for how many ms the link breaks, if it breaks now. */
  advance(elapsed: number, round: number): number | undefined {
    this.#elapsed = elapsed;
    let outage: number | undefined;
    for (const each of this.#scripted) {
      const { kind, atMs = Infinity, atTick = Infinity, durationMs } = each.fault;
      if (each.endsAt !== undefined || (elapsed < atMs && round < atTick)) continue;
      // A fault that was due between two rounds has already lasted for part of its duration.
      const beganAt = Math.min(elapsed, atMs);
      each.endsAt = beganAt + (durationMs ?? (kind === 'disconnect' ? DISCONNECT_MS : Infinity));
      if (kind === 'disconnect') outage = Math.max(outage ?? 0, each.endsAt - elapsed);
    }
    return outage;
  }

  /** Whether heartbeats stop now. */
  get isMute(): boolean {
    return this.#scripted.some((each) => each.fault.kind === 'half-open' && this.#isActive(each));
  }

  /** Why the next update of a symbol is lost; `undefined` if it is not. `isUpdate`: this is that update. */
  loss(symbol: string, isUpdate: boolean): PriceStreamGap['reason'] | undefined {
    if (this.#find('silence', symbol, isUpdate) ?? this.#find('half-open', symbol, isUpdate))
      return 'silence';
    return this.#find('gap', symbol, isUpdate) ? 'sequence' : undefined;
  }

  /** The fault of a kind that affects this update of a symbol, if one does. */
  faultOf<K extends Kind>(kind: K, symbol: string): Extract<MockFault, { kind: K }> | undefined {
    return this.#find(kind, symbol, true);
  }

  #find<K extends Kind>(
    kind: K,
    symbol: string,
    isUpdate: boolean,
  ): Extract<MockFault, { kind: K }> | undefined {
    for (const each of this.#scripted) {
      const { fault, symbols, doneSymbols } = each;
      if (fault.kind !== kind || !this.#isActive(each) || symbols?.has(symbol) === false) continue;
      if (doneSymbols?.has(symbol)) continue;
      if (isUpdate) doneSymbols?.add(symbol);
      return fault as Extract<MockFault, { kind: K }>;
    }
    return undefined;
  }

  #isActive({ endsAt }: ScriptedFault): boolean {
    return endsAt !== undefined && this.#elapsed < endsAt;
  }
}
