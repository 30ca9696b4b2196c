import type { ConnectionState, EndReason, RefusalReason } from 'tickmark/client';

/** Every text of the page. */
export interface Messages {
  readonly names: Readonly<Record<string, string>>;
  readonly skip: string;
  readonly portfolios: string;
  readonly holdings: string;
  /** @param isWhole Whether every holding can be valued. */
  readonly allocationOf: (isWhole: boolean) => string;
  readonly rates: string;
  readonly feed: string;
  readonly history: string;
  readonly marketValue: string;
  readonly knownPart: string;
  readonly unrealized: string;
  readonly unrealizedPart: string;
  readonly pricePart: string;
  readonly fxPart: string;
  readonly dayPnl: string;
  /** Of the change of a price on the day, in per cent. */
  readonly dayChange: string;
  readonly realized: string;
  readonly breakEven: string;
  readonly totals: Readonly<
    Record<
      | 'equity'
      | 'cash'
      | 'realizedPnl'
      | 'income'
      | 'expenses'
      | 'totalPnl'
      | 'grossExposure'
      | 'netExposure'
      | 'leverage',
      string
    >
  >;
  readonly cash: string;
  readonly currency: string;
  readonly balance: string;
  readonly settled: string;
  readonly closed: string;
  readonly symbol: string;
  readonly quantity: string;
  readonly price: string;
  readonly weightOf: (isWhole: boolean) => string;
  readonly profit: string;
  readonly value: string;
  readonly short: string;
  readonly incomplete: string;
  readonly incompleteTitle: string;
  readonly unpriced: (symbols: string) => string;
  readonly unconverted: (currencies: string, into: string) => string;
  readonly noCost: (symbols: string) => string;
  readonly noPreviousClose: (symbols: string) => string;
  readonly noEntryRate: string;
  readonly noBase: string;
  /** Why the weight of a row with a value is unknown. */
  readonly noWhole: string;
  readonly noEquity: string;
  readonly notKnown: string;
  readonly costTitle: string;
  /** @param isOfCost Whether the share is of the cost, or of the number of positions. */
  readonly whatItMeans: (share: string, isOfCost: boolean) => string;
  readonly grades: Readonly<Record<string, string>>;
  /** Of a price from before its market closed. */
  readonly marketClosed: string;
  /** A trading day. @param label Short name of its calendar. */
  readonly day: (label: string, date: string) => string;
  /** Which trading days figures are about. */
  readonly sessions: (days: readonly string[]) => string;
  readonly status: Readonly<Record<ConnectionState, string>>;
  readonly feedStates: Readonly<Record<string, string>>;
  readonly banner: Readonly<Partial<Record<ConnectionState, string>>>;
  readonly retry: string;
  readonly pace: string;
  readonly paces: Readonly<Record<'live' | 'slow' | 'paused', string>>;
  readonly pausedAt: (time: string) => string;
  readonly appearance: string;
  readonly themes: Readonly<Record<'system' | 'light' | 'dark', string>>;
  readonly language: string;
  /** Of the colors of gains and losses. */
  readonly rises: string;
  readonly riseColors: Readonly<Record<'green' | 'red', string>>;
  readonly connection: string;
  readonly newestPrice: string;
  readonly oldestPrice: string;
  readonly ago: (age: string) => string;
  readonly gaps: string;
  readonly source: string;
  readonly sources: Readonly<Record<'made-up' | 'recorded', string>>;
  readonly kept: string;
  readonly inMemory: string;
  readonly loading: string;
  readonly noPortfolios: string;
  readonly noPortfoliosHint: string;
  readonly noHoldings: string;
  /** Why nothing comes of a portfolio. */
  readonly unavailable: Readonly<Record<RefusalReason | EndReason, string>>;
  /** Why no rows of a portfolio come, though its totals do. */
  readonly noRows: Readonly<Record<RefusalReason | EndReason, string>>;
  readonly onlyTotals: string;
  readonly noSuchPortfolio: (asked: string, shown: string) => string;
  readonly setupFailed: string;
  readonly setupFailedHint: string;
  readonly chartWaits: string;
  readonly chartIncomplete: string;
  readonly axisNotFromZero: string;
  readonly ranges: Readonly<Record<'recent' | 'long', string>>;
  readonly series: string;
  readonly chartLabel: (what: string, from: string, to: string) => string;
  readonly summary: (name: string, value: string, profit: string, percent: string) => string;
  readonly summaryIncomplete: string;
  readonly readTotal: string;
  readonly liveAgain: string;
  readonly nowComplete: (name: string) => string;
  readonly nowIncomplete: (name: string) => string;
  /** In the title of the page. */
  readonly standsSince: (time: string) => string;
}

export const en: Messages = {
  names: { growth: 'Growth', 'long-short': 'Long / short', 'new-issues': 'New issues' },
  skip: 'Skip to holdings',
  portfolios: 'Portfolios',
  holdings: 'Holdings',
  allocationOf: (isWhole) => (isWhole ? 'Allocation' : 'Allocation of priced holdings'),
  rates: 'Exchange rates',
  feed: 'Feed',
  history: 'History',
  marketValue: 'Market value',
  knownPart: 'Market value, known part',
  unrealized: 'Unrealized P&L',
  unrealizedPart: 'Unrealized P&L, known part',
  pricePart: 'Price',
  fxPart: 'Currency',
  dayPnl: 'Day P&L',
  dayChange: 'Day %',
  realized: 'Realized',
  breakEven: 'Break-even',
  totals: {
    equity: 'Equity',
    cash: 'Cash',
    realizedPnl: 'Realized P&L',
    income: 'Income',
    expenses: 'Expenses',
    totalPnl: 'Total P&L',
    grossExposure: 'Gross exposure',
    netExposure: 'Net exposure',
    leverage: 'Leverage',
  },
  cash: 'Cash',
  currency: 'Currency',
  balance: 'Balance',
  settled: 'Settled',
  closed: 'Closed positions',
  symbol: 'Symbol',
  quantity: 'Quantity',
  price: 'Price',
  weightOf: (isWhole) => (isWhole ? 'Weight' : 'Weight of priced'),
  profit: 'P&L',
  value: 'Value',
  short: 'short',
  incomplete: 'incomplete',
  incompleteTitle: 'This value is not complete',
  unpriced: (symbols) => `No price has come for ${symbols} yet.`,
  unconverted: (currencies, into) => `There is no rate from ${currencies} to ${into}.`,
  noCost: (symbols) => `The cost of ${symbols} is not known.`,
  noPreviousClose: (symbols) => `There is no previous close of ${symbols}.`,
  noEntryRate: 'The exchange rate of an entry is not known.',
  noBase: 'There is nothing to measure it by: the base is 0.',
  noWhole: 'What all positions are worth together is not known yet, or is 0.',
  noEquity: 'Equity is not above 0.',
  notKnown: 'It is not known.',
  costTitle: 'A cost is not known',
  whatItMeans: (share, isOfCost) =>
    `What is unknown counts neither as zero nor at a guess: totals that need it are left open (—), and the known part is shown instead. It covers ${share} of ${isOfCost ? 'cost' : 'the positions'}.`,
  grades: { live: 'live', delayed: 'delayed', stale: 'stale', halted: 'halted', missing: 'no price' },
  marketClosed: 'closed',
  day: (label, date) => `${date}, ${label}`,
  sessions: (days) => `${days.length > 1 ? 'Sessions' : 'Session'} of ${days.join(' · ')}`,
  status: {
    connecting: 'Connecting',
    live: 'Live',
    stale: 'Feed is down',
    reconnecting: 'Reconnecting',
    offline: 'Offline',
    unauthorized: 'Not signed in',
    closed: 'Disconnected',
  },
  feedStates: {
    unknown: 'unknown',
    disconnected: 'ended',
    connecting: 'connecting',
    connected: 'connected',
    subscribed: 'streaming',
    reconnecting: 'reconnecting',
    failed: 'failed',
  },
  banner: {
    reconnecting: 'The connection is lost. Values are the last ones known; it is being made anew.',
    offline: 'This device has no network. Values are the last ones known.',
    stale: 'No prices are coming from the market. Values are the last ones known.',
    unauthorized: 'The server does not know who you are any more. Sign in again.',
    closed: 'The server has ended the connection. Values are the last ones known.',
  },
  retry: 'Try again',
  pace: 'Updates',
  paces: { live: 'Live', slow: 'Every 2 s', paused: 'Paused' },
  pausedAt: (time) => `Paused at ${time}. Prices go on; what is shown does not.`,
  appearance: 'Appearance',
  themes: { system: 'System', light: 'Light', dark: 'Dark' },
  language: 'Language',
  rises: 'Color of gains',
  riseColors: { green: '▲ green', red: '▲ red' },
  connection: 'Connection',
  newestPrice: 'Newest price',
  oldestPrice: 'Oldest price',
  ago: (age) => `${age} ago`,
  gaps: 'Gaps',
  source: 'Prices',
  sources: { 'made-up': 'made up', recorded: 'recording' },
  kept: 'Kept in',
  inMemory: 'memory',
  loading: 'Loading',
  noPortfolios: 'No portfolios yet',
  noPortfoliosHint: 'Once a portfolio is stored, it is valued and shown here.',
  noHoldings: 'This portfolio holds nothing yet.',
  unavailable: {
    denied: 'This portfolio does not exist, or is not yours to see.',
    unsupported: 'This server does not send portfolios.',
    limit: 'This portfolio is larger than one connection may receive.',
    busy: 'The server is busy. It is asked again.',
    removed: 'This portfolio was deleted.',
    expired: 'Your permission to see this portfolio has expired. Sign in again.',
    revoked: 'Your permission to see this portfolio was withdrawn.',
  },
  noRows: {
    denied: 'Its positions are not yours to see.',
    unsupported: 'This server does not send positions.',
    limit: 'Its positions are larger than one connection may receive.',
    busy: 'The server is too busy to send its positions. It is asked again.',
    removed: 'Its positions were deleted.',
    expired: 'Your permission to see its positions has expired. Sign in again.',
    revoked: 'Your permission to see its positions was withdrawn.',
  },
  onlyTotals: 'Its totals still come.',
  noSuchPortfolio: (asked, shown) =>
    `There is no portfolio “${asked}” here, or it is not yours to see. This is ${shown}.`,
  setupFailed: 'The server does not answer',
  setupFailedHint: 'It may have been stopped. Start it with npm run demo, and try again.',
  chartWaits: 'The chart starts with the second value.',
  chartIncomplete: 'The chart starts when the value is complete.',
  axisNotFromZero: 'The axis does not start at 0.',
  ranges: { recent: '5 min', long: 'All' },
  series: 'Series',
  chartLabel: (what, from, to) => `${what}, from ${from} to ${to}`,
  summary: (name, value, profit, percent) => `${name}: ${value}, unrealized P&L ${profit}, ${percent}.`,
  summaryIncomplete: 'Not complete.',
  readTotal: 'Read the total aloud',
  liveAgain: 'Values are live again.',
  nowComplete: (name) => `${name} is complete now.`,
  nowIncomplete: (name) => `${name} is not complete any more.`,
  standsSince: (time) => `Not updated since ${time}`,
};
