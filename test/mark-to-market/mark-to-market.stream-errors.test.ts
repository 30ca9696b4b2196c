import { afterEach, describe, expect, test } from 'vitest';
import {
  BasePriceStreamAdapter,
  InMemoryPortfolioRepository,
  TickmarkError,
  markToMarket,
  type BasePriceStreamAdapterOptions,
  type MarkToMarket,
  type MarkToMarketOptions,
  type PriceStreamLink,
} from 'tickmark';
import { SymbolRefusedError } from '../../src/core/streams/symbol-refused-error.js';
import { portfolio } from '../core/engine/engine-world.js';
import { logged } from '../logged.js';

let marking: MarkToMarket | undefined;

afterEach(async () => {
  await marking?.close();
  marking = undefined;
});

/** A stream that reports what the test says. */
class ReportingStream extends BasePriceStreamAdapter {
  link!: PriceStreamLink;
  fault: TickmarkError | undefined;

  constructor(options: BasePriceStreamAdapterOptions = {}) {
    super(options, 'Reporting');
  }

  report(error: TickmarkError): void {
    this.reportError(error);
  }

  refuse(symbol: string): void {
    this.report(new SymbolRefusedError('Reporting', symbol, 'unknown symbol', 404));
  }

  protected override openLink(link: PriceStreamLink): void {
    if (this.fault) throw this.fault;
    this.link = link;
  }

  protected override closeLink(): void {
    // Nothing is open.
  }
}

async function mark(options: Omit<MarkToMarketOptions, 'repository'>): Promise<void> {
  const repository = new InMemoryPortfolioRepository();
  await repository.save(portfolio('p', { 'BTC-USD': 1, AAPL: 1 }));
  marking = await markToMarket({ ...options, repository });
}

const REFUSED = 'Reporting does not deliver "AAPL": unknown symbol (code 404).';

describe('errors that a stream reports', () => {
  // field-faults.md section 11: a `logger` alone hears nothing of a refused symbol.
  test('a logger alone hears of a refused symbol', async () => {
    const logger = logged();
    const stream = new ReportingStream();
    await mark({ stream, logger });
    stream.refuse('AAPL');
    expect(logger.errors).toEqual([REFUSED]);
  });

  test('onError hears of all that the stream reports, until the marking is closed', async () => {
    const errors: string[] = [];
    const stream = new ReportingStream();
    await mark({ stream, onError: ({ message }) => void errors.push(message) });
    stream.refuse('AAPL');
    stream.report(new TickmarkError('STREAM_FAILED', 'no price in it'));
    stream.onMessage(() => {
      throw new Error('mine');
    });
    stream.link.deliver({ symbol: 'AAPL', price: 1, timestamp: Date.now() });
    const all = [REFUSED, 'no price in it', 'Reporting: a message listener threw; the stream continues.'];
    expect(errors).toEqual(all);
    await marking!.close();
    stream.refuse('AAPL');
    expect(errors).toEqual(all);
  });

  test('a stream that has given up is heard of', async () => {
    const errors: string[] = [];
    const stream = new ReportingStream();
    await mark({ stream, onError: ({ code, message }) => void errors.push(`${code} ${message}`) });
    stream.link.fail(new TickmarkError('UNAUTHORIZED', 'key expired'));
    expect(errors).toEqual(['UNAUTHORIZED key expired']);
  });

  test('a start that fails throws its error, and reports it to nobody', async () => {
    const errors: unknown[] = [];
    const stream = new ReportingStream();
    stream.subscribe = () => Promise.reject(new TickmarkError('SUBSCRIPTION_LIMIT', 'too many'));
    const start = mark({ stream, onError: (error) => void errors.push(error) });
    await expect(start).rejects.toMatchObject({ code: 'SUBSCRIPTION_LIMIT' });
    stream.fault = new TickmarkError('STREAM_FAILED', 'away');
    const again = mark({ stream, onError: (error) => void errors.push(error) });
    await expect(again).rejects.toMatchObject({ code: 'STREAM_FAILED' });
    expect(errors).toEqual([]);
  });

  test('the same onError and logger, given to stream and marking, get each report once', async () => {
    const errors: string[] = [];
    const onError = ({ message }: TickmarkError): void => void errors.push(message);
    const logger = logged();
    const stream = new ReportingStream({ onError, logger });
    await mark({ stream, onError, logger });
    const error = new TickmarkError('STREAM_FAILED', 'no price in it');
    stream.report(error);
    expect([errors, logger.errors]).toEqual([['no price in it'], ['no price in it']]);
    // The same error, a second time, is a second report.
    stream.report(error);
    expect([errors.length, logger.errors.length]).toEqual([2, 2]);
  });

  test('another onError of the marking hears it, too; one that throws keeps nobody from it', async () => {
    const heard: string[] = [];
    const logger = logged();
    const stream = new ReportingStream({ onError: () => void heard.push('stream'), logger });
    stream.onError(() => {
      throw new Error('mine');
    });
    await mark({ stream, onError: () => void heard.push('marking') });
    stream.refuse('AAPL');
    expect(heard).toEqual(['stream', 'stream', 'marking']);
    expect(logger.errors).toEqual([
      REFUSED,
      'A listener of onError() threw or rejected; processing continues.',
    ]);
  });
});

describe('errors that one of several streams reports', () => {
  const several = (coins: ReportingStream, rest = new ReportingStream()) =>
    ({
      stream: [
        { name: 'coins', stream: coins, carries: ['BTC-USD'] },
        { name: 'rest', stream: rest },
      ],
      symbols: { 'BTC-USD': { coins: 'btcusdt' } },
    }) as const;

  test("name the stream, and the symbol as the book has it, and are the marking's", async () => {
    const errors: TickmarkError[] = [];
    const coins = new ReportingStream();
    await mark({ ...several(coins), onError: (error) => void errors.push(error) });
    coins.refuse('btcusdt');
    coins.report(new TickmarkError('STREAM_FAILED', 'no price in it'));
    expect(errors[0]).toMatchObject({ code: 'SYMBOL_REFUSED', symbol: 'BTC-USD' });
    expect(errors.map(({ message }) => message)).toEqual([
      'coins does not deliver "BTC-USD": unknown symbol (code 404).',
      'Stream coins: no price in it',
    ]);
  });

  test('are heard once by an onError that both got', async () => {
    const errors: string[] = [];
    const onError = ({ message }: TickmarkError): void => void errors.push(message);
    const coins = new ReportingStream({ onError });
    await mark({ ...several(coins), onError });
    coins.refuse('btcusdt');
    expect(errors).toEqual(['Reporting does not deliver "btcusdt": unknown symbol (code 404).']);
  });

  test('one that has given up is named, while the others go on', async () => {
    const errors: string[] = [];
    const coins = new ReportingStream();
    await mark({ ...several(coins), onError: ({ message }) => void errors.push(message) });
    coins.link.fail(new TickmarkError('UNAUTHORIZED', 'key expired'));
    expect(errors).toEqual(['Stream coins: key expired']);
    expect(marking!.stream.getStatus()).toEqual({ state: 'degraded', symbols: ['BTC-USD'] });
  });
});
