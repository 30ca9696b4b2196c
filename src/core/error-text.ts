interface Shape {
  readonly name?: unknown;
  readonly message?: unknown;
  readonly code?: unknown;
  readonly address?: unknown;
  readonly port?: unknown;
  readonly errors?: unknown;
  readonly cause?: unknown;
}

// How deep errors within errors are followed, and how many of one level: an error may contain itself.
const MAX_DEPTH = 4;
const MAX_ERRORS = 8;

/**
 * What an error of other code says, for a message; never empty. An error without a message is named by its code, address and port, and by
 * the errors within it: a host with two addresses that refuses is an `AggregateError` without a message. Strings are returned as they are.
 */
export function errorText(error: unknown): string {
  return textOf(error, MAX_DEPTH) || 'no reason was given';
}

/**
 * As `errorText`, without any message: codes, addresses and ports, or the name of the error. For errors whose messages contain a URL, as
 * those of `fetch` do.
 */
export function errorCodes(error: unknown): string {
  return unique(codesOf(error, MAX_DEPTH)).join('; ') || wordIn(nameOf(error)) || 'unknown error';
}

function textOf(error: unknown, depth: number): string {
  if (typeof error !== 'object' || error === null) return error === undefined ? '' : plain(error);
  const { message, cause } = shapeOf(error);
  const own = typeof message === 'string' ? message.trim() : '';
  const parts = depth === 0 ? [] : unique(innerOf(error).map((each) => textOf(each, depth - 1)));
  if (own !== '') {
    const news = parts.filter((part) => !own.includes(part));
    return news.length === 0 ? own : `${own} (${news.join('; ')})`;
  }
  if (parts.length > 0) return parts.join('; ');
  const because = depth === 0 ? '' : textOf(cause, depth - 1);
  return [labelOf(error) || plainName(error), because].filter(Boolean).join(': ');
}

function codesOf(error: unknown, depth: number): readonly string[] {
  if (typeof error !== 'object' || error === null || depth === 0) return [];
  const inner = [...innerOf(error), shapeOf(error).cause].flatMap((each) => codesOf(each, depth - 1));
  // The innermost ones have the address.
  const label = labelOf(error);
  return inner.length > 0 ? inner : label === '' ? [] : [label];
}

/** Code, address and port of an error, such as `ECONNREFUSED ::1:443`. */
function labelOf(error: object): string {
  const { code, address, port } = shapeOf(error);
  const place = [address, port].map(wordIn).filter(Boolean).join(':');
  // The codes of a DOMException are numbers, which say less than its name.
  return [typeof code === 'string' ? wordIn(code) : '', place].filter(Boolean).join(' ');
}

function innerOf(error: object): readonly unknown[] {
  const { errors } = shapeOf(error);
  return Array.isArray(errors) ? (errors as unknown[]).slice(0, MAX_ERRORS) : [];
}

function unique(strings: readonly string[]): readonly string[] {
  return [...new Set(strings)].filter((each) => each !== '');
}

/** A code, an address or a number that is short and has nothing of a sentence or a URL; otherwise the empty string. */
function wordIn(value: unknown): string {
  const text = typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  return /^[\w.:%-]{1,45}$/.test(text) ? text : '';
}

function nameOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null ? shapeOf(error).name : undefined;
}

function plainName(error: object): string {
  const name = wordIn(nameOf(error));
  return name === 'Error' ? '' : name;
}

/** The fields of an error, whose getters may throw. */
function shapeOf(error: object): Shape {
  const read = (field: keyof Shape): unknown => {
    try {
      return (error as Shape)[field];
    } catch {
      return undefined;
    }
  };
  return {
    name: read('name'),
    message: read('message'),
    code: read('code'),
    address: read('address'),
    port: read('port'),
    errors: read('errors'),
    cause: read('cause'),
  };
}

function plain(value: unknown): string {
  return typeof value === 'symbol' || typeof value === 'function' ? typeof value : String(value).trim();
}
