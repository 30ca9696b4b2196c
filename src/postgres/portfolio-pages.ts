import type { ShardSelection } from '../core/shards/shard-selection.js';
import type { PortfolioPage } from './statements/portfolio-statements.js';

/** Reads the page of some shards, or of all portfolios, after a stored id; `null`: the first one. */
type ReadPage = (after: string | null, shards: ShardSelection | undefined) => Promise<PortfolioPage>;

/**
 * The portfolios of some shards, or all, page by page. The next page is asked for before one is given out, so that the server finds it meanwhile. Shards
 * that together fill no page are read together, so that many small ones need no round trip each.
 */
export async function* pagesOf(
  read: ReadPage,
  selection: ShardSelection | undefined,
  pageSize: number,
): AsyncIterable<PortfolioPage> {
  const start = (after: string | null, shards: ShardSelection | undefined): Promise<PortfolioPage> => {
    const page = read(after, shards);
    // Where the reader has left, nobody hears of its failure.
    page.catch(() => undefined);
    return page;
  };
  const left = [...(selection?.shards ?? [])];
  // As many as seem to fill a page, by the number of portfolios in those before.
  const nextShards = (count: number): ShardSelection | undefined =>
    selection && { count: selection.count, shards: left.splice(0, count) };
  if (selection && left.length === 0) return;
  let shards = nextShards(1);
  let found = 0;
  for (let next: Promise<PortfolioPage> | null = start(null, shards); next;) {
    const page: PortfolioPage = await next;
    found += page.portfolios.length;
    if (page.last !== null) {
      next = start(page.last, shards);
    } else if (left.length > 0) {
      shards = nextShards(Math.max(1, Math.floor((pageSize * shards!.shards.length) / Math.max(1, found))));
      found = 0;
      next = start(null, shards);
    } else {
      next = null;
    }
    yield page;
  }
}
