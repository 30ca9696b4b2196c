import { describe, expect, test } from 'vitest';
import type { PortfolioValue, PositionRow, PositionsView } from 'tickmark/client';
import { en } from '../../examples/demo/page/messages-en.js';
import { zh } from '../../examples/demo/page/messages-zh.js';
import {
  whyOfRow,
  whyOfTotal,
  whyUnavailable,
  type RowFigure,
  type Total,
} from '../../examples/demo/page/reasons.js';
import { cashRow, closedRow, portfolioValue, positionRow } from '../client/messages.js';

const PRICE = { price: '1', currency: 'EUR', kind: 'last', source: 's', asOf: 0, receivedAt: 0 } as const;
const RATE = { path: [], rate: '1', asOf: null, receivedAt: null };

/** A row of a euro position that has price and rate, and of whose figures nothing else is known. */
function row(more: Partial<PositionRow> = {}): PositionRow {
  const base = positionRow('SAP', '1');
  return {
    ...base,
    price: PRICE,
    fx: RATE,
    local: { ...base.local, currency: 'EUR' },
    marketValue: null,
    ...more,
  };
}
const ofRow = (figure: RowFigure, more?: Partial<PositionRow>) => whyOfRow(figure, row(more), 'USD', en);

describe('why a figure of a row is unknown', () => {
  test('is not asked of one that is known', () => {
    expect(ofRow('dayPnl', { dayPnl: '0.00' })).toBeNull();
  });

  test.each<[RowFigure, Partial<PositionRow>, string]>([
    ['marketValue', { price: null }, 'No price has come for SAP yet.'],
    ['marketValue', { fx: null }, 'There is no rate from EUR to USD.'],
    ['unrealizedPnl', { price: null, costBasis: null }, 'No price has come for SAP yet.'],
    ['unrealizedPnl', { costBasis: null }, 'The cost of SAP is not known.'],
    ['unrealizedPnlPct', { costBasis: null }, 'The cost of SAP is not known.'],
    ['unrealizedPnlPct', { costBasis: '0.00' }, 'There is nothing to measure it by: the base is 0.'],
    ['breakEvenPrice', { price: null, costBasis: null }, 'The cost of SAP is not known.'],
    ['realizedPnl', {}, 'The cost of SAP is not known.'],
    ['dayPnl', { price: null }, 'No price has come for SAP yet.'],
    ['dayPnl', { fx: null }, 'There is no rate from EUR to USD.'],
    ['dayPnl', {}, 'There is no previous close of SAP.'],
    ['dayChangePct', { price: null }, 'No price has come for SAP yet.'],
    ['dayChangePct', { fx: null, dayPnl: '1' }, 'There is no previous close of SAP.'],
    ['weight', {}, 'What all positions are worth together is not known yet, or is 0.'],
  ])('%s with %j', (figure, more, reason) => {
    expect(ofRow(figure, more)).toBe(reason);
  });
});

describe('why a total is unknown', () => {
  const view = (totals: Partial<PortfolioValue>, more: Partial<PositionsView> = {}): PositionsView => ({
    ...{ id: 'desk', state: 'ready', reason: null },
    ...{ totals: portfolioValue('desk', null, totals), rows: [], closed: [], cashBalances: [] },
    ...more,
  });
  const known = row({ marketValue: '1', dayPnl: '1', realizedPnl: '1' });

  test('is not asked of one that is known', () => {
    expect(whyOfTotal('equity', view({ equity: '0.00' }), en)).toBeNull();
  });

  test('is said as far as totals tell, where there are no rows', () => {
    const { totals } = view({ unpriced: ['A'] });
    expect(whyOfTotal('unrealizedPnlPct', { totals }, en)).toBe('No price has come for A yet.');
    expect(whyOfTotal('dayPnl', { totals: { ...totals!, unpriced: [] } }, en)).toBe('It is not known.');
  });

  test.each<[Total, Partial<PortfolioValue>, Partial<PositionsView>, string]>([
    ['equity', { unpriced: ['A', 'B'], unconverted: ['EUR'] }, {}, 'No price has come for A, B yet.'],
    ['equity', { unconverted: ['EUR'] }, {}, 'There is no rate from EUR to USD.'],
    ['unrealizedPnl', { unpriced: ['A'], unknownCost: ['C'] }, {}, 'No price has come for A yet.'],
    ['fxPnl', { unknownCost: ['C'] }, {}, 'The cost of C is not known.'],
    ['unrealizedPnlPct', {}, {}, 'There is nothing to measure it by: the base is 0.'],
    ['realizedPnl', {}, { rows: [known], closed: [closedRow('X', null)] }, 'The cost of X is not known.'],
    ['income', {}, {}, 'The exchange rate of an entry is not known.'],
    ['totalPnl', {}, { closed: [closedRow('X', null)] }, 'The cost of X is not known.'],
    ['totalPnl', {}, {}, 'The exchange rate of an entry is not known.'],
    [
      'dayPnl',
      {},
      { rows: [known, { ...known, symbol: 'B', dayPnl: null }] },
      'There is no previous close of B.',
    ],
    [
      'dayPnl',
      {},
      { rows: [known], cashBalances: [cashRow('USD', '1'), cashRow('EUR', '1')] },
      'There is no previous close of EUR.',
    ],
    ['dayPnlPct', { dayPnl: '1.00' }, {}, 'Equity is not above 0.'],
    ['leverage', {}, {}, 'Equity is not above 0.'],
    // A gateway that does not read whole valuations.
    ['grossExposure', { unpriced: null, unconverted: null, unknownCost: null }, {}, 'It is not known.'],
  ])('%s with %j', (figure, totals, more, reason) => {
    expect(whyOfTotal(figure, view(totals, more), en)).toBe(reason);
  });
});

describe('why nothing comes', () => {
  const REASONS = ['denied', 'unsupported', 'limit', 'busy', 'removed', 'expired', 'revoked'] as const;

  test.each([en, zh])('has a sentence for each reason, of a portfolio and of its rows', (say) => {
    const sentences = [true, false].flatMap((hasTotals) =>
      REASONS.map((reason) => whyUnavailable(reason, hasTotals, say)),
    );
    expect(new Set(sentences).size).toBe(2 * REASONS.length);
  });

  test('contradicts no total that is shown', () => {
    expect(whyUnavailable('denied', false, en)).toBe(
      'This portfolio does not exist, or is not yours to see.',
    );
    expect(whyUnavailable('denied', true, en)).toBe(
      'Its positions are not yours to see. Its totals still come.',
    );
    expect(whyUnavailable('limit', true, en)).toBe(
      'Its positions are larger than one connection may receive. Its totals still come.',
    );
  });
});
