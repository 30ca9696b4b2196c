import fc from 'fast-check';

const FIRST_SURROGATE = 0xd800;
const SURROGATES = 0x800;
const LAST_CODE_POINT = 0x10ffff;

/**
 * Any character of Unicode, for `fc.string({ unit: ANY_CHARACTER })`: the same as fast-check's own unit `binary`, which takes more
 * than three seconds to make in each process.
 */
export const ANY_CHARACTER = fc
  .nat(LAST_CODE_POINT - SURROGATES)
  .map((number) => String.fromCodePoint(number < FIRST_SURROGATE ? number : number + SURROGATES));
