import { createElement, type ReactNode } from 'react';
import { renderToString } from 'react-dom/server';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  TickmarkProvider,
  useCashBalances,
  useClosedPositions,
  useConnection,
  useLive,
  usePortfolio,
  usePosition,
  usePositions,
  usePrice,
  usePriceFlash,
  useSymbols,
  useTickmark,
} from 'tickmark/react';
import { clientRig } from '../client/client-rig.js';

// Rendering in a document is tested in a browser: test/browser.

const render = (client: ReturnType<typeof clientRig>['client'], Component: () => ReactNode): string =>
  renderToString(createElement(TickmarkProvider, { client }, createElement(Component)));

describe('rendering on a server', () => {
  it('shows the loading state and does not connect', async () => {
    const { client, clock, gateway } = clientRig({ page: null });
    const html = render(client, () => {
      const states = [usePortfolio('desk'), usePositions('desk'), usePrice('A')].map(({ state }) => state);
      const { glyph } = usePriceFlash(usePrice('A'));
      const rows = [useSymbols('desk').length, String(usePosition('desk', 'A')), glyph];
      const lists = [useClosedPositions('desk'), useCashBalances('desk')].map(({ length }) => length);
      const { portfolios } = useLive(useTickmark());
      return [...states, ...rows, ...lists, portfolios.size, useConnection().state].join(' ');
    });
    expect(html).toBe('loading loading loading 0 null  0 0 0 connecting');
    await clock.advance(10_000);
    expect([gateway.connections.length, clock.pending]).toEqual([0, 0]);
  });

  it('without a provider throws with a hint', () => {
    const Component = () => usePrice('A').state;
    expect(() => renderToString(createElement(Component))).toThrow(
      'wrap your app in <TickmarkProvider client={client}>',
    );
  });
});

it('every file begins with "use client"', () => {
  const folder = new URL('../../src/react/', import.meta.url);
  for (const file of ['index', 'tickmark', 'use-live', 'use-values', 'use-price-flash']) {
    // A directive comes before all code, though not before comments.
    expect(readFileSync(new URL(`${file}.ts`, folder), 'utf8')).toMatch(/^(\/\*\*.*?\*\/\n)?'use client';/s);
  }
});
