// npm run check:calendars: the closed days of the built-in trading calendars beside those of libraries of holidays, by market and year. What differs for a reason
// is listed here with it; anything else is printed, and the exit code is 1. The libraries are in test/calendar-peers and are installed on first use.
import { createRequire } from 'node:module';
import { installOnce, root } from './run-typescript.mjs';

if ((await installOnce('test/calendar-peers/')) !== 0) process.exit(1);
const require = createRequire(new URL('test/calendar-peers/package.json', root));
const { getHolidays } = require('nyse-holidays');
const japan = require('@holiday-jp/holiday_jp');
const china = require('chinese-days');
const Holidays = require('date-holidays');
const calendars = await import(new URL('src/calendars/index.ts', root).href);

const DAY_MS = 86_400_000;
const dateOf = (time) => new Date(time).toISOString().slice(0, 10);
const isWeekday = (date) => ![0, 6].includes(new Date(date).getUTCDay());
const datesOf = (year) => {
  const days = (Date.UTC(year + 1, 0, 1) - Date.UTC(year, 0, 1)) / DAY_MS;
  return Array.from({ length: days }, (_, day) => dateOf(Date.UTC(year, 0, 1) + day * DAY_MS));
};

/** Public holidays of a country by date-holidays, those of banks included; only some names, if there are any. */
function publicHolidays(country, state, names) {
  const library = state ? new Holidays(country, state) : new Holidays(country);
  return (year) =>
    library
      .getHolidays(year)
      .filter(({ type, name }) => ['public', 'bank'].includes(type) && (!names || names.includes(name)))
      .map(({ date }) => date.slice(0, 10));
}

const nyse = (year) => getHolidays(year).map(({ dateString }) => dateString);

/** National holidays, and the turn of the year, on which the exchange is closed by its rules. */
const tokyo = (year) => [
  ...japan
    .between(new Date(Date.UTC(year, 0, 1)), new Date(Date.UTC(year, 11, 31)))
    .map(({ date }) => dateOf(date)),
  ...['01-02', '01-03', '12-31'].map((day) => `${year}-${day}`),
];

const TARGET = [
  'Neujahr',
  'Karfreitag',
  'Ostermontag',
  'Maifeiertag',
  '1. Weihnachtstag',
  '2. Weihnachtstag',
];

/** The eves on which Hong Kong trades in the morning only, by the date of Lunar New Year. */
function hongKongEves(year) {
  const [newYear] = publicHolidays('HK', undefined, ['農曆年初一'])(year);
  return [dateOf(Date.parse(newYear) - DAY_MS), `${year}-12-24`, `${year}-12-31`];
}

/** Days that the libraries do not know, or that the market does not take. */
const EXPLAINED = {
  'us-equities': {
    '2025-01-09': 'closed for a national day of mourning, which was announced on 2024-12-30',
  },
  'us-options': {
    '2025-01-09': 'closed for a national day of mourning, which was announced on 2024-12-30',
  },
  'cme-globex': {
    '2026-04-03': 'open until 08:15 on Good Friday, as figures of the labor market were published',
  },
  'hong-kong': { '2024-09-06': 'closed for typhoon Yagi' },
  'mainland-china': {
    '2024-02-09': 'exchanges closed on the eve of Spring Festival, which was a working day elsewhere',
  },
};

/** Closed days by a library, its name, and what is compared with it: days without a session, unless it says half days. */
const CHECKS = [
  ['usEquities', 'nyse-holidays', nyse],
  ['usOptions', 'nyse-holidays', nyse],
  // Where CME has no trade date, it has the holidays of the shares.
  ['cmeGlobex', 'nyse-holidays', nyse],
  ['lse', 'date-holidays, England', publicHolidays('GB', 'ENG')],
  [
    'xetra',
    'date-holidays, Germany: days of TARGET and two eves',
    publicHolidays('DE', undefined, [...TARGET, 'Heiliger Abend', 'Silvester']),
  ],
  ['euronext', 'date-holidays, Germany: days of TARGET', publicHolidays('DE', undefined, TARGET)],
  ['tokyo', 'holiday_jp', tokyo],
  ['hongKong', 'date-holidays, Hong Kong', publicHolidays('HK')],
  ['hongKong', 'date-holidays, eves in Hong Kong', hongKongEves, 'half days'],
  ['mainlandChina', 'chinese-days', (year) => datesOf(year).filter((date) => china.isHoliday(date))],
];

const faults = [];
const used = new Set();
for (const [name, library, closedDays, kind = 'closed days'] of CHECKS) {
  const calendar = calendars[name];
  for (let year = calendar.firstYear; year <= calendar.lastYear; year++) {
    const theirs = new Set(closedDays(year).filter(isWeekday));
    const ours = new Set(
      datesOf(year).filter((date) => {
        const session = calendar.session(date);
        return kind === 'half days' ? session?.isShortened : isWeekday(date) && !session;
      }),
    );
    const differences = [
      ...[...ours].filter((date) => !theirs.has(date)).map((date) => [date, 'ours only']),
      ...[...theirs].filter((date) => !ours.has(date)).map((date) => [date, 'theirs only']),
    ];
    const reasonOf = (date) => EXPLAINED[calendar.name]?.[date];
    const explained = differences.filter(([date]) => reasonOf(date));
    const unexplained = differences.filter(([date]) => !reasonOf(date));
    for (const [date] of explained) used.add(`${calendar.name} ${date}`);
    const result = unexplained.length > 0 ? 'DIFFERENT' : 'equal';
    console.log(`${calendar.name} ${year}, ${kind}: ${result}, ${ours.size} days (${library})`);
    for (const [date, whose] of explained) console.log(`  ${date}, ${whose}: ${reasonOf(date)}`);
    for (const [date, whose] of unexplained) {
      console.log(`  ${date}, ${whose}: no reason is listed`);
      faults.push(`${calendar.name} ${date}`);
    }
  }
}
console.log(
  'half days of us-equities, us-options, cme-globex, lse, xetra, euronext: no library that npm has knows them',
);
console.log('crypto, forex: no closed days to compare');
for (const [name, reasons] of Object.entries(EXPLAINED))
  for (const date of Object.keys(reasons))
    if (!used.has(`${name} ${date}`)) {
      console.log(`${name} ${date}: a reason is listed, but nothing differs`);
      faults.push(`${name} ${date}`);
    }
process.exitCode = faults.length > 0 ? 1 : 0;
