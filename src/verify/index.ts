/**
 * Compares every stored value with a recomputed one, while engines run, and repairs wrong values.
 * @module tickmark/verify
 */
export {
  verify,
  type ValuationDifference,
  type VerifyOptions,
  type VerifyProgress,
  type VerifyReport,
} from './verify.js';
export type { ComparedField } from './valuation-difference.js';
