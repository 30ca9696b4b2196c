const RED_IS_UP = ['CN', 'JP', 'KR', 'TW'];

/**
 * The color of rising prices in a region: `red` in China, Japan, Korea and Taiwan, `green` elsewhere. Use it as the default of a setting
 * that readers can change.
 *
 * @example
 * ```ts
 * import { upColor } from 'tickmark/client';
 *
 * console.log(upColor('ja'), upColor('de-CH')); // red green
 * ```
 *
 * @param locale BCP 47 tag; without a region, that where most of its speakers live. Default: the browser's.
 */
export function upColor(locale?: string): 'green' | 'red' {
  try {
    const { region } = new Intl.Locale(locale ?? new Intl.NumberFormat().resolvedOptions().locale).maximize();
    return RED_IS_UP.includes(region!) ? 'red' : 'green';
  } catch {
    // Not a tag: some systems name no language.
    return 'green';
  }
}
