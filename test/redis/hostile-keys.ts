import fc from 'fast-check';

const HOSTILE = [
  ...`:{}*?[]\r\n\0'"; \\%\uD800\uDC00\u00e4a$^|&()<>,`,
  '{}',
  '}{',
  '\r\n',
  'DEL',
  '*1\r\n$8\r\nFLUSHALL\r\n',
  ':lock',
  ':token',
];
/** Keys that look like commands, patterns, line breaks and parts of other keys. */
export const hostile = fc
  .array(fc.constantFrom(...HOSTILE), { minLength: 1, maxLength: 12 })
  .map((parts) => parts.join(''));
