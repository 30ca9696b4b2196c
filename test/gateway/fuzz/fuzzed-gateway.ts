import { WebSocketServer } from 'ws';
import { TickmarkError } from 'tickmark';
import type { Authorization, GatewayOptions, ReaderIdentity } from 'tickmark/gateway';
import type { Clock } from '../../../src/core/clock.js';
import { ORIGIN } from './reader-inputs.js';
import type { Tracked } from './leftovers.js';
import type { PortfolioInput } from 'tickmark';

/** No input contains `safe`, so its readers are served whatever is sent. */
export const PORTFOLIOS: readonly PortfolioInput[] = [
  ...['desk', 'other', 'slow', 'throw', 'secret'].map((id) => ({
    id,
    currency: 'USD',
    positions: [
      { symbol: 'ACME', quantity: 100, averageCost: '180.00' },
      { symbol: 'GLOBEX', quantity: 50, averageCost: '20.00' },
    ],
  })),
  { id: 'safe', currency: 'USD', positions: [{ symbol: 'SAFE', quantity: 1, averageCost: 1 }] },
];

const slow = <T>(clock: Clock, value: T): Promise<T> =>
  new Promise((resolve) => clock.setTimer(() => resolve(value), 20));

/** An application that answers at once, later, wrongly or not at all. Tracks the objects that it returns. */
export function applicationOf(
  clock: Clock,
  tracked: Tracked,
): Pick<
  GatewayOptions,
  'authenticate' | 'authorize' | 'serve' | 'origins' | 'WebSocketServer' | 'trustedProxies'
> {
  return {
    serve: ['portfolio', 'positions', 'price'],
    origins: [ORIGIN],
    trustedProxies: ['10.0.0.0/8'],
    WebSocketServer,
    authenticate: ({ headers }) => {
      const name = headers.get('authorization')?.replace('Bearer ', '') ?? '';
      const identity: ReaderIdentity = { subject: name, context: tracked.make() };
      switch (name) {
        case 'slow':
          return slow(clock, identity);
        case 'brief':
          return { ...identity, expiresAt: clock.now() + 200 };
        case 'throw':
          throw new TickmarkError('HANDLER_FAILED', 'No database.');
        case 'wrong':
          return { subject: 7 } as never;
        case 'nobody':
        case '':
          return null;
        default:
          return identity;
      }
    },
    authorize: (_, { kind, id }): Authorization | Promise<Authorization> => {
      if (id === 'slow') return slow(clock, true);
      if (id === 'throw') throw new TickmarkError('HANDLER_FAILED', 'No database.');
      if (id === 'secret') return false;
      return kind === 'positions' ? { expiresAt: clock.now() + 150 } : true;
    },
  };
}
