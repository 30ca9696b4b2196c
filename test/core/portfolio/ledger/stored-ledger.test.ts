import { describe, expect, test } from 'vitest';
import type { LedgerEntry } from '../../../../src/core/portfolio/ledger/ledger-entry.js';
import { storedLedger, type LedgerPage } from '../../../../src/core/portfolio/ledger/stored-ledger.js';

const entry = (id: string) => ({ id, at: 1, type: 'split' }) as unknown as LedgerEntry;
const page = (ids: string, given: Partial<LedgerPage> = {}): LedgerPage => ({
  state: 'stored',
  isContinued: true,
  entries: [...ids].map(entry),
  ...given,
});

// Reads pages of two entries. @returns Ids that were read, and the entries that pages were asked for after.
async function read(pages: readonly LedgerPage[]) {
  const ids: string[] = [];
  const asked: (string | undefined)[] = [];
  const reading = async (): Promise<void> => {
    const entries = storedLedger('p', 2, async (after) => {
      asked.push(after?.id);
      return pages[asked.length - 1]!;
    });
    for await (const { id } of entries) ids.push(id);
  };
  const error = await reading().catch((thrown: unknown) => thrown);
  return { ids: ids.join(''), asked, error };
}

describe('a stored ledger', () => {
  test('is read page by page, each after the last entry of the one before, until one is not full', async () => {
    expect(await read([page('ab'), page('cd'), page('e')])).toEqual({
      ids: 'abcde',
      asked: [undefined, 'b', 'd'],
      error: undefined,
    });
    expect((await read([page('ab'), page('')])).asked).toEqual([undefined, 'b']);
  });

  test('that is unknown or deleted is no empty one, at its start and later', async () => {
    const [unknown, deleted] = [page('', { state: 'unknown' }), page('', { state: 'deleted' })];
    expect((await read([unknown])).error).toMatchObject({ code: 'PORTFOLIO_NOT_FOUND', portfolioId: 'p' });
    expect((await read([deleted])).error).toMatchObject({ code: 'PORTFOLIO_DELETED', portfolioId: 'p' });
    const { ids, error } = await read([page('ab'), deleted]);
    expect([ids, error]).toMatchObject(['ab', { code: 'PORTFOLIO_DELETED' }]);
  });

  test('that was replaced by one without the last entry is to be read again', async () => {
    const { ids, error } = await read([page('ab'), page('', { isContinued: false })]);
    expect([ids, error]).toMatchObject(['ab', { code: 'REPOSITORY_FAILED', retryable: true }]);
    expect(String(error)).toContain('the ledger of "p" was replaced while it was read, and has no entry "b"');
  });

  test('reads no further page for a reader that stops', async () => {
    let pages = 0;
    const entries = storedLedger('p', 2, async () => {
      pages++;
      return page('ab');
    });
    for await (const { id } of entries) if (id === 'b') break;
    expect(pages).toBe(1);
  });
});
