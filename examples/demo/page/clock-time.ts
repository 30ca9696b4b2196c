/** A time of day, the same way everywhere on the page: 24 hours, with seconds. @param ms Since 1970. @param locale BCP 47. */
export function clockTime(ms: number, locale: string): string {
  return new Intl.DateTimeFormat(locale, {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  }).format(ms);
}
