import fc from 'fast-check';
import { ANY_CHARACTER } from '../../any-character.js';

const NASTY = fc.constantFrom<unknown>(
  null,
  true,
  '',
  '-',
  'NaN',
  '1e309',
  -0,
  1e308,
  '９',
  '\ud800',
  '__proto__',
  [],
  {},
  [[]],
  Number.MAX_SAFE_INTEGER,
  '0.-10000',
);

type Fields = Readonly<Record<string, unknown>>;

/** A valid row in which some fields have wrong types, are absent, or are hostile. */
function nearly(row: Fields): fc.Arbitrary<Fields> {
  const key = fc.constantFrom(...Object.keys(row), '__proto__', 'constructor', 'toString');
  const value = fc.oneof(NASTY, fc.double(), fc.string(), fc.constant(undefined));
  return fc.array(fc.tuple(key, value), { maxLength: 4 }).map((changes) => {
    const changed = Object.assign(Object.create(null) as Record<string, unknown>, row);
    for (const [name, each] of changes) changed[name] = each;
    return changed;
  });
}

/** Strings that a decoder almost accepts: wrong types, hostile values, truncated JSON, no JSON at all. */
export function malformedTexts(row: Fields, wrap: (rows: unknown[]) => unknown): fc.Arbitrary<string> {
  const rows = fc.array(fc.oneof({ weight: 5, arbitrary: nearly(row) }, NASTY), { maxLength: 4 });
  const whole = rows.map((each) => JSON.stringify(wrap(each)));
  return fc.oneof(
    { weight: 6, arbitrary: whole },
    { weight: 2, arbitrary: fc.tuple(whole, fc.nat(300)).map(([text, at]) => text.slice(0, at)) },
    { weight: 1, arbitrary: fc.string({ unit: ANY_CHARACTER }) },
    { weight: 1, arbitrary: fc.json() },
  );
}

/** Other content that venues and proxies have sent, and that an attacker would send. */
export const HOSTILE: readonly string[] = [
  '',
  '<html><body>502 Bad Gateway</body></html>',
  '['.repeat(100_000),
  `${'['.repeat(100_000)}${']'.repeat(100_000)}`,
  `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`,
  `["${'x'.repeat(500_000)}"]`,
  `[${'1,'.repeat(100_000)}1]`,
  '{"__proto__":{"polluted":true}}',
  '[{"代码":"600519","最新价":1e309,"昨收":NaN}]',
  '[{"代码":"600519","最新价":1e309,"昨收":-1}]',
  '{"rc":0,"full":1,"data":{"diff":{"__proto__":{"f2":1,"f12":"600519","f13":1}}}}',
  '\ud800',
];
