/**
 * Compares every stored value with a recomputed one, while engines run, and repairs wrong values.
 * @module tickmark/verify
 */
export { verify } from './verify.js';
export type { ValuationDifference, VerifyOptions, VerifyProgress, VerifyReport } from './verify-options.js';
export type { ComparedField } from './valuation-difference.js';
