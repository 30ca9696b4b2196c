import { Conversion, SAME_CURRENCY } from '../../../src/core/money/conversion.js';
import type { FxRate } from '../../../src/core/money/fx-rates.js';

/** A rate without provenance. */
export function rateOf(numerator: bigint, denominator: bigint): FxRate {
  return { ...SAME_CURRENCY, numerator, denominator };
}

/** Both results of converting one amount; safe integers are numbers. */
export function convert(units: bigint, scale: number, rate: FxRate, moneyScale: number) {
  const conversion = new Conversion(rate, moneyScale);
  const rounded = conversion.rounded(compact(units), scale);
  return { rounded: compact(BigInt(rounded)), exact: conversion.exactUnits(units, scale) };
}

/** A safe integer as a number. */
export function compact(units: bigint): number | bigint {
  return Number.isSafeInteger(Number(units)) ? Number(units) : units;
}
