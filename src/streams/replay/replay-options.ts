import { invalidArgument } from '../../core/errors.js';
import {
  STREAM_OPTIONS,
  type BasePriceStreamAdapterOptions,
} from '../../core/streams/base-price-stream-adapter-options.js';
import type { FormatChoice } from './built-in-formats.js';
import { READING_OPTIONS, type ReadingOptions } from './reading-options.js';
import type { ReplayProgress } from './replay-progress.js';
import { type OptionShapes } from '../../core/options.js';

/** Options of `ReplayPriceStreamAdapter`. */
export interface ReplayPriceStreamAdapterOptions extends BasePriceStreamAdapterOptions, ReadingOptions {
  /** Path of the recorded file, or of several that are replayed one after the other. Gzip and zip are detected by content. */
  readonly files: string | readonly string[];
  /** Format of the files. Default `auto`: detected for each file among the built-in formats. */
  readonly format?: FormatChoice;
  /**
   * Speed as a factor: 2 is twice as fast as recorded, by the times of receipt. `max`: as fast as the files can be read, with a turn for
   * other work every thousand messages. Pauses in the recording, also between files, are kept. Default 1.
   */
  readonly speed?: 'max' | number;
  /**
   * `subscribed`: the replay starts with the first `subscribe()`, and delivers subscribed symbols. `all`: it starts with `connect()`, and
   * each symbol counts as subscribed from its first price on. Default `subscribed`.
   */
  readonly symbols?: 'subscribed' | 'all';
  /**
   * `receivedAt` of the prices: the recorded one, or the time of the replay (`now`), so that the prices look live. Times of the venue are not
   * changed. Default `recorded`.
   */
  readonly receivedAt?: 'recorded' | 'now';
  /**
   * Whether to follow the last file as it grows, with a look every 100 ms; it must be neither gzipped nor zipped. The replay then ends with `disconnect()`
   * only. Default `false`.
   */
  readonly follow?: boolean;
  /** Called with the progress, at most every 250 ms or every percent, and at the end. What it throws goes to `onError`. */
  readonly onProgress?: (progress: ReplayProgress) => void;
}

const WHERE = 'ReplayPriceStreamAdapter';

/** What each option may be. */
export const REPLAY_OPTIONS: OptionShapes<ReplayPriceStreamAdapterOptions> = {
  ...STREAM_OPTIONS,
  ...READING_OPTIONS,
  files: true,
  format: true,
  speed: true,
  symbols: true,
  receivedAt: true,
  follow: 'boolean',
  onProgress: 'function',
};

/** The paths. @throws TickmarkError `INVALID_ARGUMENT` if there is none, or one is empty. */
export function readFiles(given: string | readonly string[]): readonly string[] {
  const files: readonly unknown[] = Array.isArray(given) ? given : [given];
  const isPath = (file: unknown): file is string => typeof file === 'string' && file !== '';
  if (files.length === 0 || !files.every(isPath))
    throw invalidArgument(`${WHERE}: files`, given, 'a path, or an array of at least one path');
  return files;
}

/** The speed as a number; `Infinity` for `max`. @throws TickmarkError `INVALID_ARGUMENT`. */
export function readSpeed(given: 'max' | number): number {
  if (given === 'max') return Infinity;
  if (typeof given !== 'number' || !(given > 0 && given < Infinity))
    throw invalidArgument(`${WHERE}: speed`, given, '"max" or a number above 0, where 1 is as recorded');
  return given;
}

/** Checks that an option is one of the choices. @throws TickmarkError `INVALID_ARGUMENT`. */
export function readChoice<T extends string>(name: string, given: T, choices: readonly T[]): T {
  if (!choices.includes(given))
    throw invalidArgument(`${WHERE}: ${name}`, given, choices.map((each) => `"${each}"`).join(' or '));
  return given;
}
