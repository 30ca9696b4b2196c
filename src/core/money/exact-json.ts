const STRING_OR_NUMBER = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/**
 * Parses JSON with every number as the string it was written as: `JSON.parse` would turn `0.13110` into `0.1311`, and change digits of
 * numbers that a float64 cannot hold. Takes two passes; for feeds that send prices as numbers.
 * @throws SyntaxError for invalid JSON.
 * @example
 * ```ts
 * import { parseExactJson } from 'tickmark/websocket';
 *
 * console.log(parseExactJson('{"s":"ACME","p":0.13110}')); // { s: 'ACME', p: '0.13110' }
 * ```
 */
export function parseExactJson(text: string): unknown {
  // The original first, because quoting numbers makes valid JSON of invalid input such as `{1: 2}`.
  JSON.parse(text);
  return JSON.parse(
    text.replace(STRING_OR_NUMBER, (found) => (found.startsWith('"') ? found : `"${found}"`)),
  );
}
