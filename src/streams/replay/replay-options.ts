import { invalidArgument } from '../../core/errors.js';
import type { BasePriceStreamAdapterOptions } from '../../core/streams/base-price-stream-adapter.js';
import type { FormatChoice } from './built-in-formats.js';
import type { ReplayProgress } from './replay-progress.js';

/** Options of `ReplayPriceStreamAdapter`. */
export interface ReplayPriceStreamAdapterOptions extends BasePriceStreamAdapterOptions {
  /** Path of the recorded file, or of several that are played one after the other. Gzip is told by content. */
  readonly files: string | readonly string[];
  /** How the files are written. Default `auto`: looked for in each file among the built-in formats. */
  readonly format?: FormatChoice;
  /**
   * How many times faster than recorded, by the recorded time of receipt, or `max`: as fast as it can be read, giving way to
   * other work every thousand messages. Default 1. Pauses in the recording are waited out, also between files.
   */
  readonly speed?: 'max' | number;
  /**
   * `subscribed` plays from the first `subscribe()` on and delivers what is subscribed; `all` plays from `connect()` on and
   * counts every symbol as subscribed when its first price comes. Default `subscribed`.
   */
  readonly symbols?: 'subscribed' | 'all';
  /**
   * What `receivedAt` says: when it was recorded, or when it is played, so that prices pass for live ones. Default `recorded`.
   * Venue times stay as they are.
   */
  readonly receivedAt?: 'recorded' | 'now';
  /**
   * Whether the last file, which must not be gzipped, is followed as it grows, looked at every 100 ms: the replay then ends with
   * `disconnect()` only. Default `false`.
   */
  readonly follow?: boolean;
  /** Hears how far it has come, at most every 250 ms or every percent, and at the end. */
  readonly onProgress?: (progress: ReplayProgress) => void;
}

const WHERE = 'ReplayPriceStreamAdapter';

/** @throws TickmarkError `INVALID_ARGUMENT` when there is no file, or one without a name. */
export function readFiles(given: string | readonly string[]): readonly string[] {
  const files: readonly unknown[] = Array.isArray(given) ? given : [given];
  const isPath = (file: unknown): file is string => typeof file === 'string' && file !== '';
  if (files.length === 0 || !files.every(isPath))
    throw invalidArgument(`${WHERE}: files`, given, 'a path, or an array of at least one');
  return files;
}

/** The speed as a number; `Infinity` for `max`. @throws TickmarkError `INVALID_ARGUMENT`. */
export function readSpeed(given: 'max' | number): number {
  if (given === 'max') return Infinity;
  if (typeof given !== 'number' || !(given > 0 && given < Infinity))
    throw invalidArgument(`${WHERE}: speed`, given, '"max" or a number above 0, where 1 is as recorded');
  return given;
}

/** @throws TickmarkError `INVALID_ARGUMENT` for what is not one of the choices. */
export function readChoice<T extends string>(name: string, given: T, choices: readonly T[]): T {
  if (!choices.includes(given))
    throw invalidArgument(`${WHERE}: ${name}`, given, choices.map((each) => `"${each}"`).join(' or '));
  return given;
}
