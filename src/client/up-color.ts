const RED_IS_UP = ['CN', 'JP', 'KR', 'TW'];

/**
 * The color that stands for a rise where a reader is: `red` in China, Japan, Korea and Taiwan, else `green`. A default for a switch that
 * the reader can change.
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
