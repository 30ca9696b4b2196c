/** The contents of all code blocks of a language. */
export function blocks(markdown: string, language: string): string[] {
  return [...markdown.matchAll(/^```(\w+)\n(.*?)^```$/gms)].flatMap(([, found, text]) =>
    found === language ? [text!] : [],
  );
}

/** The anchors of all headings. */
export function chapters(markdown: string): string[] {
  return [...markdown.matchAll(/^#+ (.+)$/gm)].map(([, title]) =>
    title!
      .toLowerCase()
      .replace(/[^\w -]/g, '')
      .replaceAll(' ', '-'),
  );
}

/** The cells of the first table of a chapter, without its head and without backticks. */
export function tableAt(markdown: string, chapter: string): string[][] {
  const [, text] = markdown.split(`\n### ${chapter}\n`);
  if (text === undefined) throw new Error(`There is no chapter "${chapter}".`);
  const table = /(?:^\|.*\n)+/m.exec(text.split(/^#/m)[0]!);
  const lines = (table?.[0] ?? '').trimEnd().split('\n').slice(2);
  return lines.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('`', '')),
  );
}

/** The defaults in the TSDoc of options, by option. */
export function defaultsIn(sources: readonly string[]): Map<string, string> {
  const defaults = new Map<string, string>();
  for (const source of sources) {
    for (const [, comment, option] of source.matchAll(/\/\*\*((?:(?!\*\/).)*)\*\/\s+readonly (\w+)\?:/gs)) {
      const value = /Default `?([\d,]*\d(?: MiB)?|true|false)\b/.exec(comment!)?.[1];
      if (value !== undefined) defaults.set(option!, value);
    }
  }
  return defaults;
}
