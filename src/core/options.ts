import { invalidArgument } from './errors.js';

/**
 * Options with their defaults: an option that is missing or `undefined` gets its default. Options without a default are left out.
 *
 * ```ts
 * withDefaults({ batchSize: 10, source: undefined }, { batchSize: 1000, source: 'stream' }); // { batchSize: 10, source: 'stream' }
 * ```
 */
export function withDefaults<Defaults extends object>(
  given: { readonly [Name in keyof Defaults]?: Defaults[Name] | undefined } | undefined,
  defaults: Defaults,
): Defaults {
  const options = { ...defaults };
  for (const name of Object.keys(defaults) as Array<keyof Defaults>) {
    const value = given?.[name];
    if (value !== undefined) options[name] = value as Defaults[typeof name];
  }
  return options;
}

/** Range that a number has to be in. */
export interface NumberRange {
  /** Least value. */
  readonly from: number;
  /** Greatest value. Default: no bound; only then is `Infinity` accepted, and only without `isWhole`. */
  readonly to?: number;
  /** Whether it has to be a whole number. Default `false`. */
  readonly isWhole?: boolean;
}

/**
 * Refuses a number outside a range.
 * @param where Class and option, such as `PriceStreamProcessor: batchSize`.
 * @throws TickmarkError `INVALID_ARGUMENT`.
 */
export function checkNumber(where: string, given: unknown, range: NumberRange): void {
  const { from, to = Infinity, isWhole = false } = range;
  const isNumber = typeof given === 'number' && given >= from && given <= to;
  if (isNumber && (!isWhole || Number.isSafeInteger(given))) return;
  const kind = isWhole ? 'a whole number' : 'a number';
  throw invalidArgument(where, given, `${kind} from ${from}${to === Infinity ? '' : ` to ${to}`}`);
}
