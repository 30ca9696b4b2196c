import { Suspense, createElement, type ReactElement } from 'react';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { renderToPipeableStream, renderToString } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import {
  TickmarkProvider,
  useCashBalances,
  useClosedPositions,
  useConnection,
  usePortfolio,
  usePosition,
  usePositions,
  usePrice,
  useSymbols,
} from 'tickmark/react';
import { clientRig } from '../client/client-rig.js';
import { CountedLive, countedClient } from '../client/counted-client.js';

const loading = { id: '', state: 'loading', reason: null };

describe('without an id', () => {
  it.each([undefined, null, ''])('of %j every hook shows that nothing is known', (none) => {
    const { client } = clientRig();
    let shown: unknown[] = [];
    function Page(): null {
      shown = [
        usePortfolio(none),
        usePositions(none),
        usePrice(none),
        useSymbols(none),
        useClosedPositions(none),
        useCashBalances(none),
        usePosition(none, 'A'),
        usePosition('desk', none),
      ];
      return null;
    }
    renderToString(createElement(TickmarkProvider, { client }, createElement(Page)));
    const positions = { ...loading, totals: null, rows: [], closed: [], cashBalances: [] };
    const value = { ...loading, value: null };
    expect(shown).toEqual([value, positions, value, [], [], [], null, null]);
  });
});

describe('rendering on a server', () => {
  it('in a stream, as Next does it, subscribes to nothing', async () => {
    const live = new CountedLive<unknown>({ state: 'first' }, { state: 'live' });
    function Page(): ReactElement {
      const all = [usePortfolio('p'), usePositions('p'), usePrice('A'), useConnection()];
      return createElement('p', null, all.map(({ state }) => state).join(' '));
    }
    const client = countedClient(live);
    const page = createElement(Suspense, null, createElement(Page));
    for (let count = 0; count < 20; count++) {
      const sent = renderToPipeableStream(createElement(TickmarkProvider, { client }, page));
      expect(await text(sent.pipe(new PassThrough()))).toContain('<p>first first first first</p>');
    }
    expect(live.subscribed).toBe(0);
  });
});
