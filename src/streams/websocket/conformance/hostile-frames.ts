const DEEP = 20_000;

const FIXED: readonly (string | Uint8Array)[] = [
  '',
  ' ',
  'null',
  'true',
  '0',
  '""',
  '[]',
  '{}',
  '[[]]',
  '[null]',
  '[{}]',
  '{"data":null}',
  '{"data":{}}',
  '{"data":[null]}',
  '{"stream":1,"data":[]}',
  'NaN',
  'undefined',
  'pong',
  '\u0000',
  '\ud800',
  '{"\ud800":"\udfff"}',
  '{"__proto__":{"polluted":true}}',
  '{"data":{"__proto__":{"polluted":true}}}',
  '{"constructor":{"prototype":{"polluted":true}}}',
  '['.repeat(DEEP),
  '['.repeat(DEEP) + ']'.repeat(DEEP),
  '{"a":'.repeat(DEEP) + '1' + '}'.repeat(DEEP),
  new Uint8Array(0),
  new Uint8Array([0xff, 0xfe, 0x00, 0x80]),
];

// Replacements of values: wrong types, and invalid numbers.
const VALUES = [
  'null',
  'true',
  '[]',
  '{}',
  '""',
  '"NaN"',
  '"1e309"',
  '1e309',
  '-1',
  '"-0"',
  '"12,5"',
  '" 1"',
  '"1.2.3"',
  '"\ud800"',
  '"__proto__"',
  '9007199254740993',
];

/** Frames that no correct venue sends: fixed ones, and damaged ones. */
export function* hostileFrames(samples: readonly string[]): Generator<string | Uint8Array> {
  yield* FIXED;
  yield* damagedFrames(samples);
}

/** Most lists and objects of a sample that are replaced. */
const MOST_REPLACED = 20;

/** Each sample truncated and with its values replaced. */
export function* damagedFrames(samples: readonly string[]): Generator<string> {
  for (const [index, sample] of samples.entries()) {
    for (const part of [0.3, 0.7, 0.98]) yield sample.slice(0, Math.floor(sample.length * part));
    yield `${sample}${sample}`;
    yield `${sample}\u0000`;
    const value = VALUES[index % VALUES.length]!;
    for (const match of sample.matchAll(/:("[^"]*"|-?\d[\d.]*)/g)) {
      yield sample.slice(0, match.index + 1) + value + sample.slice(match.index + match[0].length);
    }
    for (const replacement of [null, [], {}, [null], 'x']) yield* withoutParts(sample, replacement);
  }
}

/** A sample with each of its lists and objects replaced, and without each of its fields. */
function* withoutParts(sample: string, replacement: unknown): Generator<string> {
  let whole: unknown;
  try {
    whole = JSON.parse(sample);
  } catch {
    return;
  }
  const open = [whole];
  for (let count = 0; open.length > 0 && count < MOST_REPLACED;) {
    const at = open.shift() as Record<string, unknown>;
    if (typeof at !== 'object' || at === null) continue;
    for (const name of Object.keys(at)) {
      const part = at[name];
      if (typeof part !== 'object' || part === null) continue;
      at[name] = replacement;
      yield JSON.stringify(whole);
      delete at[name];
      if (!Array.isArray(at)) yield JSON.stringify(whole);
      at[name] = part;
      open.push(part);
      if (++count === MOST_REPLACED) return;
    }
  }
}
