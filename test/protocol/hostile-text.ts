import type { RandomSource } from 'tickmark';

const PIECES = [
  '\r',
  '\n',
  '\r\n',
  '\0',
  '\n\n',
  '\r\r',
  'data: ',
  '\ndata: {"type":"close"}\n\n',
  '\nid: evil:1\n',
  '\nevent: x\n',
  ':',
  ': ',
  ' ',
  '\u2028',
  '\u2029',
  '\u0085',
  '\ufeff',
  '\ud800',
  '\udc00',
  '😀',
  '"',
  '\\',
  '\\n',
  '{}',
  '[',
  '</script>',
  'ä',
  '名',
  '\u200b',
  '\x1b[2J',
  '__proto__',
  'id',
  'retry: 0',
  '\x7f',
  '\x0b',
  '\f',
  '\t',
  '%0d%0a',
  '&topic=',
  'a',
  '0',
  '-',
  '1e309',
];

/** A string of characters that break parsers: line breaks, NUL, separators, lone surrogates, field names. */
export function hostileText(random: RandomSource): string {
  let text = '';
  for (let left = 1 + Math.floor(random() * 5); left > 0; left--)
    text += PIECES[Math.floor(random() * PIECES.length)]!;
  return text;
}
