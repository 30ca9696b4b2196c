import type { Clock } from './clock.js';
import { TickmarkError, invalidArgument, quote } from './errors.js';
import type { Logger } from './logger.js';
import { checkNames } from './option-names.js';

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

/** A part that has methods, as an option. */
export interface PartShape {
  /** What it is, such as `a PortfolioRepository`. */
  readonly what: string;
  /** Methods that are called on it. */
  readonly methods: readonly string[];
  /** Whether it has no default. Default `false`. */
  readonly isNeeded?: boolean;
  /** Whether `null` is accepted. Default `false`. */
  readonly orNull?: boolean;
}

/** What an option may be: the type of a value, one of some strings, a part, or `true` for what is checked where it is read. */
export type OptionShape =
  true | 'function' | 'boolean' | 'string' | 'number' | 'list' | readonly string[] | PartShape;

/** The shape of every option of a type, of all members of a union: a name that is left out does not compile. */
export type OptionShapes<Options> = Readonly<Record<NameOf<Options>, OptionShape>>;

type NameOf<Options> = Options extends unknown ? keyof Options & string : never;

type MethodOf<Port> = {
  [Name in keyof Port & string]-?: Port[Name] extends (...given: never) => unknown ? Name : never;
}[keyof Port & string];

/** The shape of a part, with those of its methods that are always called. */
export function partShape<Port>(what: string, ...methods: ReadonlyArray<MethodOf<Port>>): PartShape {
  return { what, methods };
}

/** The same part, as an option without a default. */
export function needed(shape: PartShape): PartShape {
  return { ...shape, isNeeded: true };
}

/** The same part, as an option that may be `null`. */
export function orNull(shape: PartShape): PartShape {
  return { ...shape, orNull: true };
}

/** Time and chance, as options. */
export const TIME_AND_CHANCE = {
  clock: partShape<Clock>('a Clock', 'now', 'monotonic', 'setTimer', 'defer'),
  random: 'function',
} as const;

/** A signal, as an option, which for many calls is the only one. */
export const SIGNAL = {
  signal: { what: 'an AbortSignal', methods: ['addEventListener', 'removeEventListener'] },
} as const;

/** Receivers of errors, as options. */
export const ERROR_RECEIVERS = {
  onError: 'function',
  logger: partShape<Logger>('a Logger', 'error'),
} as const;

/**
 * Checks names and shapes of options, once, where the caller passed them. `undefined` counts as left out.
 * @param where The function or class, such as `markToMarket`.
 * @throws TickmarkError `INVALID_ARGUMENT` for a name that nobody reads, with the nearest one that is read, and for a value of another shape.
 *
 * @example
 * ```ts
 * const given: { tries?: number } = JSON.parse('{ "trys": 3 }');
 * checkOptions('retry', given, { tries: true }); // throws: retry: unknown option "trys"; did you mean "tries"?
 * ```
 */
export function checkOptions<Options extends object>(
  where: string,
  given: Options,
  shapes: OptionShapes<Options>,
): void {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw invalidArgument(`${where}: options`, given, 'an object');
  checkNames(where, 'option', given, shapes);
  for (const [name, shape] of Object.entries<OptionShape>(shapes))
    checkShape(`${where}: ${name}`, (given as Record<string, unknown>)[name], shape);
}

/** Those of `given` that have a name in `shapes`: for a part that takes fewer options than its owner. */
export function pickOptions<Given extends object, Shapes extends object>(
  given: Given,
  shapes: Shapes,
): Pick<Given, keyof Given & keyof Shapes> {
  const picked = Object.entries(given).filter(([name]) => Object.hasOwn(shapes, name));
  return Object.fromEntries(picked) as Pick<Given, keyof Given & keyof Shapes>;
}

/** Checks that a part has the methods that are called on it. @throws TickmarkError `INVALID_ARGUMENT`, which names the one that is missing. */
export function checkPart(where: string, given: unknown, { what, methods }: PartShape): void {
  if ((typeof given !== 'object' && typeof given !== 'function') || given === null)
    throw invalidArgument(where, given, what);
  const missing = methods.find((name) => typeof (given as Record<string, unknown>)[name] !== 'function');
  if (missing === undefined) return;
  const message = `${where}: expected ${what}; what was given has no method ${missing}().`;
  throw new TickmarkError('INVALID_ARGUMENT', message);
}

/** Checks that a value is of a shape; `undefined` is, unless the part is needed. @throws TickmarkError `INVALID_ARGUMENT`. */
export function checkShape(where: string, given: unknown, shape: OptionShape): void {
  if (shape === true) return;
  if (typeof shape === 'object' && !isList(shape)) {
    if (given === undefined ? shape.isNeeded : given !== null || !shape.orNull)
      checkPart(where, given, shape);
  } else if (given !== undefined && !isOf(given, shape)) {
    const accepted = isList(shape) ? shape.map(quote).join(' or ') : `a ${shape}`;
    throw invalidArgument(where, given, shape === 'boolean' ? 'true or false' : accepted);
  }
}

function isOf(given: unknown, shape: string | readonly string[]): boolean {
  if (shape === 'list') return Array.isArray(given);
  return isList(shape) ? shape.includes(given as string) : typeof given === shape;
}

// Array.isArray does not narrow a list that cannot be changed.
const isList = (shape: unknown): shape is readonly string[] => Array.isArray(shape);
