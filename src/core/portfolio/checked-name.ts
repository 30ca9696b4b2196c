import { invalidArgument } from '../errors.js';

/** Checks an id or symbol: a string of 1 to 256 characters. */
export function checkedName(name: unknown, where: string): string {
  if (typeof name === 'string' && name.length > 0 && name.length <= 256) return name;
  throw invalidArgument(where, name, 'a string of 1 to 256 characters');
}
