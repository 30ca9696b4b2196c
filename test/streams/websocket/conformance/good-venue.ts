import { runInThisContext } from 'node:vm';
import type { Venue } from 'tickmark/websocket';
import { parseExactJson } from 'tickmark/websocket';

/** A venue as its author would write it: tickers, lists of trades, quotes with changed fields only, a login, answers for each symbol. */
const SOURCE = `
(parseExactJson) => {
  // module
  return (key) => {
    // closure
    return {
      name: 'good',
      url: 'wss://prices.example.com/live',
      secrets: [key],
      open: (sink) => {
        const known = new Map();
        // session
        return {
          start: () => sink.send(JSON.stringify({ op: 'login', key })),
          subscribe: (symbols) => [JSON.stringify({ op: 'sub', symbols })],
          unsubscribe: (symbols) => [JSON.stringify({ op: 'unsub', symbols })],
          receive(frame, receivedAt) {
            const { type, s, data, code, text } = parsed(frame);
            if (type === 'ticker') ticker(s, data, receivedAt);
            else if (type === 'trades') trades(s, data, receivedAt);
            else if (type === 'heartbeat') sink.control('heartbeat');
            else if (type === 'login' && code === '0') sink.ready();
            else if (type === 'login') sink.fatal('UNAUTHORIZED', String(text));
            else if (type === 'ok' && isName(s)) sink.confirmed([s]);
            else if (type === 'error') error(s, text);
            else sink.rejected('unknown-type');
          },
        };

        function error(s, text) {
          sink.control('error');
          if (isName(s)) sink.refused(s, String(text));
        }

        // A ticker has changed fields only.
        function ticker(s, data, receivedAt) {
          if (!isName(s) || !isFields(data)) return sink.rejected('bad-field');
          const now = { ...known.get(s), ...data };
          known.set(s, now);
          const { last, bid, ask, time, seq } = now;
          if (last === undefined) return sink.control('quote-before-trade');
          deliver(sink, s, last, bid, ask, time, seq, receivedAt);
        }

        function trades(s, data, receivedAt) {
          if (!isName(s) || !Array.isArray(data) || data.length === 0) return sink.rejected('bad-field');
          for (const trade of data) {
            if (!isFields(trade)) { sink.rejected('bad-field'); continue; }
            const { px, time, seq } = trade;
            const now = { ...known.get(s), last: px };
            known.set(s, now);
            deliver(sink, s, px, now.bid, now.ask, time, seq, receivedAt);
          }
        }
      },
    };
  };

  function deliver(sink, symbol, price, bid, ask, time, seq, receivedAt) {
    sink.update({ symbol, price, bid, ask, timestamp: Number(time), receivedAt, sequence: Number(seq) });
  }
  function isName(value) { return typeof value === 'string' && value !== ''; }
  function isFields(value) { return typeof value === 'object' && value !== null && !Array.isArray(value); }
  function parsed(frame) {
    try {
      const value = parseExactJson(String(frame));
      return isFields(value) ? value : {};
    } catch {
      return {};
    }
  }
}`;

/** The venue with pieces of its source replaced, each by another one. */
export function venueWith(...changes: readonly (readonly [from: string, to: string])[]): () => Venue {
  let source = SOURCE;
  for (const [from, to] of changes) {
    if (source.split(from).length !== 2) throw new Error(`not once in the source: ${from}`);
    source = source.replace(from, () => to);
  }
  const load = runInThisContext(source) as (parse: typeof parseExactJson) => (key: string) => Venue;
  const make = load(parseExactJson);
  return () => make('key-1');
}

const START = Date.UTC(2026, 2, 4, 14, 30);
const ticker = (s: string, fields: string, at: number, seq: number) =>
  `{"type":"ticker","s":"${s}","data":{${fields},"time":${START + at},"seq":${seq}}}`;
const trades = (s: string, ...list: readonly string[]) =>
  `{"type":"trades","s":"${s}","data":[${list.join()}]}`;
const trade = (px: string, at: number, seq: number) =>
  `{"px":${px},"qty":0.5,"time":${START + at},"seq":${seq}}`;

/** Frames of the venue, from the beginning of a connection. */
export const FRAMES: readonly string[] = [
  '{"type":"login","code":0}',
  '{"type":"ok","s":"ACME"}',
  '{"type":"ok","s":"GLOBEX"}',
  '{"type":"error","s":"NOPE","code":404,"text":"no such symbol"}',
  ticker('ACME', '"last":101.50,"bid":101.45,"ask":101.55,"high":104.00,"bidSize":740', 5, 1),
  ticker('GLOBEX', '"last":12.7,"bid":12.69,"ask":12.71,"high":13.1,"bidSize":20', 10, 1),
  '{"type":"heartbeat"}',
  ticker('ACME', '"bid":101.46,"ask":101.56,"bidSize":700', 1015, 2),
  trades('ACME', trade('101.53', 1020, 3), trade('101.54', 1021, 4), trade('101.55', 1022, 5)),
  ticker('GLOBEX', '"last":12.72', 1030, 2),
  ticker('ACME', '"bid":101.47', 2035, 6),
  trades('GLOBEX', trade('12.71', 2040, 3)),
  '{"type":"heartbeat"}',
  ticker('ACME', '"last":101.57,"ask":101.58', 2050, 7),
  ticker('GLOBEX', '"bid":12.70,"ask":12.73,"bidSize":30', 3055, 4),
  trades('ACME', trade('101.58', 3060, 8), trade('101.56', 3061, 9)),
  trades('GLOBEX', trade('12.73', 3070, 5), trade('12.72', 3071, 6)),
  ticker('ACME', '"last":101.60,"bid":101.59,"ask":101.61,"high":104.00,"bidSize":710', 4075, 10),
];

/** They, each with the time at which it came. */
export const RECORDED = FRAMES.map((data, at) =>
  JSON.stringify({ t: 'recv', conn: '1', ts: (START + 40 + at * 300) / 1000, data }),
).join('\n');
/** They, without times. */
export const PLAIN = FRAMES.join('\n');
