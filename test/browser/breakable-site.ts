import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { tcpProxy, type TcpProxy } from '../servers/tcp-proxy.js';
import { LiveSite } from './live-site.js';

declare global {
  interface Window {
    shown: string[];
  }
}

/** Links fall silent; the gateway's process is killed; nobody listens any longer; links are reset, and others can be made. */
export const OUTAGES = ['silent', 'restart', 'refuse', 'cut'] as const;
export type Outage = (typeof OUTAGES)[number];

/** A site with a portfolio `desk`, between which and its pages a test breaks the network. Its prices only rise. */
export class BreakableSite {
  readonly #site: LiveSite;
  readonly #proxy: TcpProxy;
  #cents = 10_000;

  private constructor(site: LiveSite, proxy: TcpProxy) {
    this.#site = site;
    this.#proxy = proxy;
  }

  static async start(pages: Readonly<Record<string, string>>): Promise<BreakableSite> {
    const positions = ['A', 'B', 'C'].map((symbol, index) => ({
      symbol,
      quantity: `${index + 1}.5`,
      currency: 'USD',
      averageCost: '1',
    }));
    const site = await LiveSite.start({ pages, portfolios: [{ id: 'desk', currency: 'USD', positions }] });
    const proxy = await tcpProxy({ host: '127.0.0.1', port: site.port });
    await site.allow(new URL(site.url('', proxy.port)).origin);
    return new BreakableSite(site, proxy);
  }

  url(page: string): string {
    return this.#site.url(page, this.#proxy.port);
  }

  /** All prices rise. */
  tick(): Promise<void> {
    const cents = ++this.#cents;
    return this.#site.prices({ A: `${cents / 100}`, B: `${cents / 200}`, C: `${cents / 50}` });
  }

  /** What a page is to show of the desk: its total, and its rows. */
  get rows(): string {
    const { marketValue: total, positions } = this.#site.engine.value('desk')!;
    return [total, ...positions.map(({ marketValue }) => marketValue)].join(' ');
  }

  /** What a page is to show of the price of A. */
  get price(): string {
    return String(this.#cents / 100);
  }

  async break(how: Outage): Promise<void> {
    if (how === 'silent') return this.#proxy.hold();
    if (how === 'restart') return this.#site.down();
    if (how === 'refuse') await this.#proxy.refuse();
    this.#proxy.cut();
  }

  async mend(how: Outage): Promise<void> {
    if (how === 'silent') this.#proxy.resume();
    else if (how === 'restart') await this.#site.up();
    else await this.#proxy.accept();
  }

  async close(): Promise<void> {
    await this.#proxy.close();
    await this.#site.close();
  }
}

/** Has a page show the desk, and write down everything that it ever shows, in order. */
export async function showDesk(page: Page): Promise<void> {
  await page.evaluate(() => {
    window.show(['rows desk', 'price A']);
    const shown: string[] = (window.shown = []);
    new MutationObserver(() => {
      const text = document.getElementById('rows-desk')?.textContent ?? '';
      if (/^\d/.test(text) && shown.at(-1) !== text) shown.push(text);
    }).observe(document.body, { subtree: true, childList: true, characterData: true });
  });
}

/** Prices only rise: a value that came late, or twice, would show. And each row belongs to its total. */
export async function expectOnlyRises(page: Page, atLeast: number): Promise<void> {
  const totals = (await page.evaluate(() => window.shown)).map((text) => text.split(' ').map(Number));
  totals.forEach(([total, ...rows], index) => {
    if (index > 0) expect(total).toBeGreaterThan(totals[index - 1]![0]!);
    expect(rows.reduce((sum, row) => sum + row, 0)).toBeCloseTo(total!, 6);
  });
  expect(totals.length).toBeGreaterThan(atLeast);
}
