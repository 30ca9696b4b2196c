const STRING_OR_NUMBER = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/**
 * Reads JSON with every number as the text it was written as: `JSON.parse` would make `0.1311` of `0.13110`, and other digits of
 * numbers that a float64 cannot hold. Costs two passes; for feeds that send prices as numbers.
 * @throws SyntaxError for what is no JSON.
 */
export function parseExactJson(text: string): unknown {
  // First as it stands, because quoted numbers make JSON of texts that are none, such as `{1: 2}`.
  JSON.parse(text);
  return JSON.parse(
    text.replace(STRING_OR_NUMBER, (found) => (found.startsWith('"') ? found : `"${found}"`)),
  );
}
