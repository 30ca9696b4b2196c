/**
 * Compares every stored value with one computed anew, beside live engines, and repairs what is wrong.
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
