/**
 * Live values in React.
 * @module tickmark/react
 */
'use client';

export { TickmarkProvider, useTickmark, type TickmarkProviderProps } from './tickmark.js';
export { useLive } from './use-live.js';
export {
  useCashBalances,
  useClosedPositions,
  useConnection,
  usePortfolio,
  usePosition,
  usePositions,
  usePrice,
  useSymbols,
} from './use-values.js';
export { usePriceFlash } from './use-price-flash.js';
