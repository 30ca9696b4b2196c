import { invalidArgument } from '../core/errors.js';
import { checkNumber } from '../core/options.js';
import type { PriceStreamGap } from '../core/prices/price-stream-gap.js';

/** When a fault begins: give exactly one. */
export interface MockFaultTrigger {
  /** Time after `connect()`, in ms. */
  readonly atMs?: number;
  /** Number of the round of updates since `connect()`, counted from 1. A round is one interval's firing or one `tick()`. */
  readonly atTick?: number;
}

/**
 * Something that goes wrong on purpose.
 *
 * - `silence`: no prices, while the link and its heartbeats go on. Default duration: until `disconnect()`.
 * - `half-open`: neither prices nor heartbeats, while the status stays subscribed. Default duration: until `disconnect()`.
 * - `disconnect`: the status is reconnecting for the duration (default 1,000 ms), then the link is restored with its subscriptions.
 * - `gap`: updates are lost, so that the sequence jumps.
 * - `duplicate`: an update comes twice.
 * - `out-of-order`: two updates in a row come in the wrong order.
 * - `bad-tick`: an update carries `price` (default `NaN`) instead of its own.
 *
 * The last four strike the next update of each symbol, or with `durationMs` all updates of that time. Whatever loses
 * updates puts a gap before the next price: reason `disconnect`, `sequence` for `gap`, else `silence`.
 */
export type MockFault = MockFaultTrigger &
  (
    | { readonly kind: 'half-open' | 'disconnect'; readonly durationMs?: number }
    | {
        readonly kind: 'silence' | 'gap' | 'duplicate' | 'out-of-order';
        readonly durationMs?: number;
        /** Which symbols it strikes. Default: all. */
        readonly symbols?: readonly string[];
      }
    | {
        readonly kind: 'bad-tick';
        readonly durationMs?: number;
        readonly symbols?: readonly string[];
        /** What stands in the place of the price. Default `NaN`. */
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
  /** Time after connect at which it ends, once it has begun. */
  endsAt: number | undefined;
  /** Symbols that a single stroke has met already; absent where it lasts for a time. */
  readonly struckSymbols: Set<string> | undefined;
}

/**
 * Refuses a script that cannot run.
 * @throws TickmarkError `INVALID_ARGUMENT` naming the fault by its place, what was given and what is accepted.
 */
export function checkFaults(where: string, faults: readonly MockFault[]): void {
  faults.forEach((fault, index) => {
    const at = `${where}[${index}]`;
    const { kind, atMs, atTick, durationMs } = fault;
    if (!KINDS.includes(kind)) throw invalidArgument(`${at}.kind`, kind, `one of ${KINDS.join(', ')}`);
    if ((atMs === undefined) === (atTick === undefined))
      throw invalidArgument(at, atMs === undefined ? 'neither' : 'both', 'exactly one of atMs and atTick');
    if (atMs !== undefined && !(atMs >= 0 && atMs < 2 ** 31))
      throw invalidArgument(`${at}.atMs`, atMs, 'ms from 0 to 2147483647');
    if (atTick !== undefined) checkNumber(`${at}.atTick`, atTick, { from: 1, isWhole: true });
    if (durationMs !== undefined && !(durationMs > 0 && durationMs < 2 ** 31))
      throw invalidArgument(`${at}.durationMs`, durationMs, 'ms above 0 up to 2147483647');
    const symbols = (fault as { symbols?: unknown }).symbols;
    if (symbols !== undefined && (WHOLE_LINK.includes(kind) || !Array.isArray(symbols)))
      throw invalidArgument(
        `${at}.symbols`,
        symbols,
        WHOLE_LINK.includes(kind) ? `none with ${kind}` : 'an array',
      );
  });
}

/** Runs a script of faults through one connection. Times are ms after connect. */
export class MockFaultScript {
  readonly #scripted: readonly ScriptedFault[];
  #elapsed = 0;

  constructor(faults: readonly MockFault[]) {
    this.#scripted = faults.map((fault) => ({
      fault,
      symbols: 'symbols' in fault && fault.symbols ? new Set(fault.symbols) : undefined,
      endsAt: undefined,
      struckSymbols: fault.durationMs === undefined && !LASTING.includes(fault.kind) ? new Set() : undefined,
    }));
  }

  /** Delays after connect at which the link breaks, in ms. */
  get breaks(): readonly number[] {
    return this.#scripted.flatMap(({ fault }) =>
      fault.kind === 'disconnect' && fault.atMs !== undefined ? [fault.atMs] : [],
    );
  }

  /** Begins what is due; gives how long the link breaks for, if it breaks now. */
  advance(elapsed: number, round: number): number | undefined {
    this.#elapsed = elapsed;
    let outage: number | undefined;
    for (const each of this.#scripted) {
      const { kind, atMs = Infinity, atTick = Infinity, durationMs } = each.fault;
      if (each.endsAt !== undefined || (elapsed < atMs && round < atTick)) continue;
      // What was due between two rounds has run for a part of its time already.
      const beganAt = Math.min(elapsed, atMs);
      each.endsAt = beganAt + (durationMs ?? (kind === 'disconnect' ? DISCONNECT_MS : Infinity));
      if (kind === 'disconnect') outage = Math.max(outage ?? 0, each.endsAt - elapsed);
    }
    return outage;
  }

  /** Whether heartbeats fail now. */
  get isMute(): boolean {
    return this.#scripted.some((each) => each.fault.kind === 'half-open' && this.#isActive(each));
  }

  /** Why the symbol's next update gets lost, if it does. `use` says that this is that update. */
  loss(symbol: string, use: boolean): PriceStreamGap['reason'] | undefined {
    if (this.#find('silence', symbol, use) ?? this.#find('half-open', symbol, use)) return 'silence';
    return this.#find('gap', symbol, use) ? 'sequence' : undefined;
  }

  /** The fault of this kind that strikes the symbol's present update. */
  strike<K extends Kind>(kind: K, symbol: string): Extract<MockFault, { kind: K }> | undefined {
    return this.#find(kind, symbol, true);
  }

  #find<K extends Kind>(kind: K, symbol: string, use: boolean): Extract<MockFault, { kind: K }> | undefined {
    for (const each of this.#scripted) {
      const { fault, symbols, struckSymbols } = each;
      if (fault.kind !== kind || !this.#isActive(each) || symbols?.has(symbol) === false) continue;
      if (struckSymbols?.has(symbol)) continue;
      if (use) struckSymbols?.add(symbol);
      return fault as Extract<MockFault, { kind: K }>;
    }
    return undefined;
  }

  #isActive({ endsAt }: ScriptedFault): boolean {
    return endsAt !== undefined && this.#elapsed < endsAt;
  }
}
