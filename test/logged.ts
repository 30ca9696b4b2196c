import type { Logger } from '../src/core/logger.js';

/** A logger that keeps the messages of errors. */
export function logged(): Logger & { readonly errors: string[] } {
  const errors: string[] = [];
  return { errors, debug() {}, info() {}, warn() {}, error: (_, message) => void errors.push(message) };
}
