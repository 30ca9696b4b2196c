/** The default that the TSDoc of an option names: `Default 1,000`. */
export function documentedDefault(source: string, option: string): number {
  const before = source.slice(0, source.indexOf(`  readonly ${option}?:`));
  const comment = before.slice(before.lastIndexOf('/**'));
  const [, given = 'none'] = /Default ([\d,]+)/.exec(comment) ?? [];
  return Number(given.replaceAll(',', ''));
}
