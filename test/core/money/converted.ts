import { Conversion, SAME_CURRENCY } from '../../../src/core/money/conversion.js';
import { ExactAmounts } from '../../../src/core/money/exact-amounts.js';
import type { FxRate } from '../../../src/core/money/fx-rates.js';

/** A rate without provenance. */
export function rateOf(numerator: bigint, denominator: bigint): FxRate {
  return { ...SAME_CURRENCY, numerator, denominator };
}

/** Both results of converting one amount. */
export function convert(units: bigint, scale: number, rate: FxRate, moneyScale: number) {
  const amounts = new ExactAmounts(1);
  amounts.clear(0, scale);
  amounts.setUnits(0, units);
  const conversion = new Conversion(rate, moneyScale);
  return { rounded: conversion.rounded(amounts, 0), exact: conversion.exact(amounts, 0) };
}
