import { invalidArgument } from './errors.js';

/**
 * Options with their defaults: an option that is missing or `undefined` gets its default. Options without a default are left out.
 *
 * @example
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

/** The range of a number. */
export interface NumberRange {
  /** Least value. */
  readonly from: number;
  /** Greatest value. Default: none; then `Infinity` is accepted too, unless `isWhole` is set. */
  readonly to?: number;
  /** Whether it must be a whole number. Default `false`. */
  readonly isWhole?: boolean;
}

/**
 * Checks that a number is in a range.
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
