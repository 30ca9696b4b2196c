/**
 * Keeps portfolios valued at live prices: price streams, exact mark-to-market, portfolios, and the ports (event bus, lock, repository) with
 * in-memory implementations. The single parts, and types that only they need, are in `tickmark/parts`.
 * @module tickmark
 */
export { markToMarket, MarkToMarket } from './mark-to-market/mark-to-market.js';
export type { MarkToMarketOptions, MarkToMarketStats } from './mark-to-market/mark-to-market-options.js';
export { valuePortfolio, type ValuePortfolioOptions } from './core/book/value-portfolio.js';

export { Portfolio } from './core/portfolio/portfolio.js';
export type {
  PortfolioInput,
  PortfolioSnapshot,
  PositionInput,
  TradeOptions,
} from './core/portfolio/portfolio-input.js';
export { Position } from './core/portfolio/position.js';
export type {
  PortfolioValuation,
  PositionValuation,
  SessionName,
  PriceGrade,
} from './core/portfolio/figures/portfolio-valuation.js';
export { exitPrice, lastPrice, midPrice, type PricePolicy } from './core/book/price-policy.js';

export { Decimal, type DecimalInput } from './core/money/decimal.js';
export { currencyOf, defineCurrency, type Currency } from './core/money/currency.js';
export { fxPair, type FxPair } from './core/money/fx-rates.js';

export { PriceRejectedError, type MarketState, type PriceUpdate } from './core/prices/price-update.js';
export type { PriceStreamGap } from './core/prices/price-stream-gap.js';
export {
  isGap,
  type PriceStreamAdapter,
  type PriceStreamMessage,
  type StreamStatus,
} from './core/streams/price-stream-adapter.js';
export { priceStream, type PriceStreamDefinition } from './core/streams/price-stream.js';
export { combineStreams } from './core/streams/combined/combined-price-stream.js';
export type { CombinedStream } from './core/streams/combined/combined-stream.js';
export type { SymbolNames } from './core/streams/combined/symbol-names.js';
export { BasePriceStreamAdapter } from './core/streams/base-price-stream-adapter.js';
export type {
  BasePriceStreamAdapterOptions,
  StreamCalendar,
} from './core/streams/base-price-stream-adapter-options.js';
export type { PriceStreamLink } from './core/streams/price-stream-link.js';
export { MockPriceStreamAdapter } from './mock/mock-price-stream-adapter.js';
export type { MockPriceStreamAdapterOptions } from './mock/mock-options.js';

export {
  BUS_GAP,
  type BusGapEvent,
  type DeliveryGuarantee,
  type DomainEvent,
  type EventBus,
  type EventBusStats,
  type EventHandler,
  type EventType,
} from './core/messaging/event-bus.js';
export { PRICES_CHANGED, PriceChangedBatch, PriceChangedEvent } from './core/prices/price-changed-event.js';
export { STREAM_GAP, type StreamGapEvent } from './core/prices/stream-gap-event.js';
export { HOLDINGS_CHANGED, type HoldingsChangedEvent } from './core/portfolio/holdings-changed-event.js';
export {
  PORTFOLIOS_VALUED,
  PortfolioValuedBatch,
  type PortfolioValuedEvent,
} from './core/engine/portfolio-valued-event.js';

export type { AcquireOptions, Lease, Lock } from './core/locking/lock.js';
export type {
  HoldingsChanges,
  LoadOptions,
  PortfolioRepository,
  PriceRecord,
  ValuationOutcome,
  ValuationRecord,
} from './core/portfolio/portfolio-repository.js';
export type { CorporateActionInput } from './core/portfolio/corporate-actions/corporate-action.js';
export type { SaveOutcome } from './core/portfolio/save-outcome.js';
export type { DayClose, DayRange, DayResult, DayStore } from './core/calendars/day-store.js';
export type { PreviousClose, PreviousCloses } from './core/calendars/previous-closes.js';
export type { CalendarSource } from './core/calendars/symbol-calendars.js';
export type { TradingCalendar } from './core/calendars/trading-calendar.js';
export { DAY_ENDED, type DayEndedEvent } from './core/engine/days/day-ended-event.js';
export { InMemoryDayStore } from './memory/in-memory-day-store.js';
export { InMemoryEventBus } from './memory/in-memory-event-bus.js';
export { InMemoryLock } from './memory/in-memory-lock.js';
export { InMemoryPortfolioRepository } from './memory/in-memory-portfolio-repository.js';

export {
  ConcurrencyError,
  EntityNotFoundError,
  LockError,
  RepositoryError,
  TickmarkError,
} from './core/errors.js';
export type { ErrorCode } from './core/error-code.js';
export { systemClock, type Clock, type Timer } from './core/clock.js';
export { seededRandom, systemRandom, type RandomSource } from './core/random.js';
export type { Logger } from './core/logger.js';
export type { Unsubscribe } from './core/unsubscribe.js';
