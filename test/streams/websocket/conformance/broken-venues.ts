/** A venue that is broken by changes of the good one, and what the kit must say about it. */
type Broken = readonly [name: string, says: RegExp, ...changes: (readonly [from: string, to: string])[]];

const DELIVER = 'price, bid, ask, timestamp: Number(time), receivedAt, sequence: Number(seq) }';

export const BROKEN: readonly Broken[] = [
  ['bid and ask swapped', /ask/, [DELIVER, DELIVER.replace('bid, ask', 'bid: ask, ask: bid')]],
  [
    'the first bid kept for good',
    /bid 101\.46 of ACME/,
    [
      '...known.get(s), ...data }',
      '...known.get(s), ...data, ...(known.get(s)?.bid && { bid: known.get(s).bid }) }',
    ],
  ],
  ['never confirmed', /confirmed\(\) is never called/, ['sink.confirmed([s])', "sink.control('ok')"]],
  ['unsubscribe() subscribes', /same frames as subscribe/, ["op: 'unsub'", "op: 'sub'"]],
  ['receipt time as time of the venue', /time of receipt/, ['Number(time)', 'receivedAt']],
  [
    'fatal on any error',
    /refused\(\)/,
    ['if (isName(s)) sink.refused(s, String(text));', "sink.fatal('STREAM_FAILED', String(text));"],
  ],
  [
    'fatal on an error without a symbol',
    /fatal/,
    [
      'if (isName(s)) sink.refused(s, String(text));',
      "if (isName(s)) sink.refused(s, String(text)); else sink.fatal('STREAM_FAILED', String(text));",
    ],
  ],
  [
    'prices kept at module level',
    /session/,
    ['// module', 'const known = new Map();'],
    ['const known = new Map();\n        // session', ''],
  ],
  [
    'prices kept in the closure of the venue',
    /session/,
    ['// closure', 'const known = new Map();'],
    ['const known = new Map();\n        // session', ''],
  ],
  [
    'a sink that the newest connection replaces',
    /session/,
    ['// module', 'let current;'],
    ['// session', 'current = sink;'],
    ['deliver(sink, s, last,', 'deliver(current, s, last,'],
  ],
  [
    'numbers of sequence remembered at module level',
    /session/,
    ['// module', 'const newest = new Map();'],
    [
      'sink.update({',
      'if (newest.get(symbol) >= Number(seq)) return sink.control("old");\n    newest.set(symbol, Number(seq));\n    sink.update({',
    ],
  ],
  [
    'digits lost by JSON.parse',
    /digits are lost/,
    [
      'parseExactJson(String(frame))',
      'JSON.parse(String(frame), (_, each) => (typeof each === "number" ? String(each) : each))',
    ],
  ],
  [
    'prices as numbers',
    /pass a string/,
    ['sink.update({ symbol, price, bid', 'sink.update({ symbol, price: Number(price), bid'],
  ],
  [
    'prices rounded to a tenth',
    /digits are lost|is in no frame/,
    ['sink.update({ symbol, price, bid', 'sink.update({ symbol, price: Number(price).toFixed(1), bid'],
  ],
  [
    'the middle of bid and ask as price',
    /digits are lost|is in no frame/,
    [
      'sink.update({ symbol, price, bid',
      'sink.update({ symbol, price: bid && ask ? String((Number(bid) + Number(ask)) / 2) : price, bid',
    ],
  ],
  ['seconds', /no time of the frame/, ['Number(time)', 'Math.floor(Number(time) / 1000)']],
  ['microseconds', /no time of the frame/, ['Number(time)', 'Number(time) * 1000']],
  ['a time zone', /no time of the frame/, ['Number(time)', 'Number(time) + 3_600_000 * 5']],
  ['whole seconds only', /no time of the frame/, ['Number(time)', 'Math.floor(Number(time) / 1000) * 1000']],
  ['the time of the machine', /no time of the frame/, ['Number(time)', 'Date.now()']],
  [
    'the first time kept for good',
    /the time of/,
    [
      '...known.get(s), ...data }',
      '...known.get(s), ...data, ...(known.get(s)?.time && { time: known.get(s).time }) }',
    ],
  ],
  [
    'time of receipt although there is one',
    /although the frame has the time/,
    ['Number(time), receivedAt', "receivedAt, timeSource: 'received', receivedAt"],
  ],
  [
    'time of the venue as time of receipt',
    /receivedAt/,
    ['receivedAt, sequence', 'receivedAt: Number(time), sequence'],
  ],
  [
    'a sequence counted here',
    /sequence/,
    ['// session', 'let count = 0;'],
    ['last, bid, ask, time, seq, receivedAt)', 'last, bid, ask, time, ++count, receivedAt)'],
  ],
  ['the bid as price', /price/, ['deliver(sink, s, last,', 'deliver(sink, s, bid ?? last,']],
  ['the high of the day as price', /price/, ['deliver(sink, s, last,', 'deliver(sink, s, now.high ?? last,']],
  [
    'a size as bid',
    /bid/,
    ['last, bid, ask, time, seq, receivedAt)', 'last, now.bidSize, ask, time, seq, receivedAt)'],
  ],
  ['the price as bid', /bid/, [DELIVER, DELIVER.replace('bid,', 'bid: price,')]],
  [
    'prices of the frame before',
    /newer|frame/,
    ['const now = { ...known.get(s), ...data };', 'const now = known.get(s) ?? data;'],
    [
      'known.set(s, now);\n          const { last',
      'known.set(s, { ...now, ...data });\n          const { last',
    ],
  ],
  [
    'fields that did not change are lost',
    /keep the/,
    ['{ ...known.get(s), ...data }', '{ last: known.get(s)?.last, ...data }'],
  ],
  [
    'only the first trade of a list',
    /becomes no update/,
    ['for (const trade of data) {', 'for (const trade of data.slice(0, 1)) {'],
  ],
  [
    'only the last trade of a list',
    /becomes no update/,
    ['for (const trade of data) {', 'for (const trade of data.slice(-1)) {'],
  ],
  [
    'each update twice',
    /twice/,
    [
      'sink.update({',
      'sink.update({ symbol, price, bid, ask, timestamp: Number(time), receivedAt, sequence: Number(seq) });\n    sink.update({',
    ],
  ],
  [
    'all prices for the first symbol',
    /GLOBEX|ACME/,
    ['// session', 'let first;'],
    ['deliver(sink, s, last,', 'deliver(sink, (first ??= s), last,'],
  ],
  [
    'prices for the symbol of the frame before',
    /GLOBEX|ACME/,
    ['// session', 'let before;'],
    [
      'deliver(sink, s, last,',
      'const symbol = before ?? s;\n          before = s;\n          deliver(sink, symbol, last,',
    ],
  ],
  [
    'symbols in lower case',
    /ACME|acme/,
    ['sink.update({ symbol,', 'sink.update({ symbol: symbol.toLowerCase(),'],
  ],
  [
    'only the first symbol is requested',
    /names GLOBEX/,
    ["op: 'sub', symbols", "op: 'sub', symbols: symbols.slice(0, 1)"],
  ],
  [
    'unsubscribe() drops all symbols',
    /names (GLOBEX|ACME) as well/,
    ['// session', 'const all = new Set();'],
    [
      "subscribe: (symbols) => [JSON.stringify({ op: 'sub', symbols })]",
      "subscribe: (symbols) => { for (const each of symbols) all.add(each); return [JSON.stringify({ op: 'sub', symbols })]; }",
    ],
    ["op: 'unsub', symbols", "op: 'unsub', symbols: [...all, ...symbols]"],
  ],
  [
    'confirmed before the venue answers',
    /before the venue has answered/,
    [
      "subscribe: (symbols) => [JSON.stringify({ op: 'sub', symbols })]",
      "subscribe: (symbols) => (sink.confirmed(symbols), [JSON.stringify({ op: 'sub', symbols })])",
    ],
  ],
  [
    'the first answer confirms all symbols',
    /but GLOBEX is confirmed/,
    ['sink.confirmed([s])', "sink.confirmed(['ACME', 'GLOBEX'])"],
  ],
  [
    'an error of a symbol that is not reported',
    /refused\(\)/,
    ['if (isName(s)) sink.refused(s, String(text));', ''],
  ],
  [
    'ready() before the login has succeeded',
    /ready\(\) is called as soon/,
    [
      "start: () => sink.send(JSON.stringify({ op: 'login', key })),",
      "start: () => { sink.send(JSON.stringify({ op: 'login', key })); sink.ready(); },",
    ],
  ],
  ['never ready()', /must call ready/, ["code === '0') sink.ready()", "code === '0') sink.control('login')"]],
  ['heartbeats that are not counted', /unexplained/, ["sink.control('heartbeat')", 'undefined']],
  [
    'frames that are not JSON throw',
    /threw/,
    ['    } catch {\n      return {};', '    } catch (error) {\n      throw error;'],
  ],
  [
    'content of frames in counters',
    /few, fixed names/,
    ["sink.rejected('unknown-type')", 'sink.rejected(`unknown ${frame}`)'],
  ],
  [
    'a new connection for an unknown frame',
    /no broken/,
    ["sink.rejected('unknown-type')", "sink.broken('unknown')"],
  ],
  ['the ask never comes', /a bid and never an ask/, [DELIVER, DELIVER.replace('ask, ', '')]],
  [
    'trades newest first',
    /newest first/,
    ['for (const trade of data)', 'for (const trade of [...data].reverse())'],
  ],
  [
    'symbols cut',
    /is in no frame so far/,
    ['sink.update({ symbol,', 'sink.update({ symbol: symbol.slice(0, 3),'],
  ],
  [
    'frames without data throw',
    /throw/,
    ["if (!isName(s) || !isFields(data)) return sink.rejected('bad-field');", 'Object.keys(data);'],
  ],
  ['a gap at each heartbeat', /leads to gap\(\)/, ["sink.control('heartbeat')", 'sink.gap()']],
];
