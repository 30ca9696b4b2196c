/**
 * All codes of tickmark's errors. Codes are stable within a major version; messages are not. Branch on `error.code`, not on the message,
 * and not on `instanceof`, because two copies of a package have different classes.
 */
export type ErrorCode =
  /** An argument has the wrong type or is out of range; the message names it and says what is accepted. */
  | 'INVALID_ARGUMENT'
  /** A string or number is not a decimal: NaN, Infinity, an empty string, letters. */
  | 'INVALID_DECIMAL'
  /** A decimal has more digits than can be stored exactly. It is refused, not rounded. */
  | 'OUT_OF_RANGE'
  /** A currency code is neither built in nor defined by `defineCurrency`. */
  | 'UNKNOWN_CURRENCY'
  /** One portfolio lists a symbol twice. */
  | 'DUPLICATE_SYMBOL'
  /** A price update was rejected; `reason` of `PriceRejectedError` says why. */
  | 'PRICE_REJECTED'
  /** A detail of a price update, such as a bid of zero, could not be used and was dropped; its price was taken. */
  | 'DETAIL_DROPPED'
  /** An instrument names a trading calendar that was not given. */
  | 'UNKNOWN_CALENDAR'
  /** A trading calendar does not cover the present: the day P&L of its symbols is unknown. */
  | 'CALENDAR_ENDED'
  /** The stream is not connected: call `connect()` first. */
  | 'NOT_CONNECTED'
  /** The stream is being disconnected: wait for `disconnect()` before connecting again. */
  | 'DISCONNECTING'
  /** The stream lost its link or could not open it. */
  | 'STREAM_FAILED'
  /** The venue does not accept the key, token or plan; the stream does not retry. */
  | 'UNAUTHORIZED'
  /** The venue allows no more connections or symbols for this key or address; the stream does not retry. */
  | 'VENUE_LIMIT'
  /** The venue does not deliver a symbol; `symbol` of the error names it. */
  | 'SYMBOL_REFUSED'
  /** An optional package that this part needs is not installed; the message names it. */
  | 'MISSING_PACKAGE'
  /** `subscribe([])`: the list of symbols is empty. */
  | 'EMPTY_SUBSCRIPTION'
  /** More symbols were subscribed to than the stream can have. */
  | 'SUBSCRIPTION_LIMIT'
  /** A split would have to round a quantity; give a cash-in-lieu price. */
  | 'FRACTIONAL_SPLIT'
  /** An entry of a ledger has the id of another one, and other content; or a store has an entry with its id. */
  | 'ENTRY_CONFLICT'
  /** An entry would change what was before the time until which the books are closed. */
  | 'BOOKS_CLOSED'
  /** The whole ledger of a portfolio is needed, and its last entries alone were loaded: load it with `{ ledger: 'whole' }`. */
  | 'LEDGER_NOT_LOADED'
  /** Holdings were changed by someone else since they were loaded. */
  | 'VERSION_CONFLICT'
  /** No portfolio has this id. */
  | 'PORTFOLIO_NOT_FOUND'
  /** The portfolio existed and was deleted. */
  | 'PORTFOLIO_DELETED'
  /** The store failed; `cause` holds its error. */
  | 'REPOSITORY_FAILED'
  /** The event bus failed; `cause` holds its error. */
  | 'BUS_FAILED'
  /** A message is longer than the bus accepts (`maxMessageBytes`): send less in one message. */
  | 'MESSAGE_TOO_LARGE'
  /** A callback or event handler threw; `cause` holds its error. */
  | 'HANDLER_FAILED'
  /** The lock was not free within `waitMs`. */
  | 'LOCK_TIMEOUT'
  /** The lease had expired or was taken over when it was used. */
  | 'LEASE_LOST'
  /** The lock's server failed; `cause` holds its error. tickmark's own work continues without the lock: versions keep writes correct. */
  | 'LOCK_FAILED'
  /** A call did not end within its time limit. */
  | 'TIMEOUT'
  /** The caller's AbortSignal fired. */
  | 'ABORTED'
  /** The part was closed before or during the call. */
  | 'CLOSED'
  /** A message has a format that this version does not know: a newer one has written it. */
  | 'NEWER_FORMAT'
  /** A line of a recording, a frame or a message of a bus cannot be read. */
  | 'MALFORMED_INPUT';
