/** How a venue encodes its frames; see `Venue.encoding`. */
export type VenueEncoding = 'text' | 'binary' | 'gzip' | 'deflate' | 'deflate-raw';

/** Encodings whose binary frames are decompressed. */
export type Compression = Exclude<VenueEncoding, 'text' | 'binary'>;

/** Why bytes cannot be decompressed: they are not in that format, or too many come out. */
export type InflateFault = 'bad-compression' | 'too-big';

/** Decompresses bytes to a text, or says why there is none. Never throws or rejects, and makes no more than `maxBytes` (and one chunk). */
export type Inflate = (
  bytes: Uint8Array,
  maxBytes: number,
) => string | { readonly fault: InflateFault } | Promise<string | { readonly fault: InflateFault }>;

type Unzip = (bytes: Uint8Array, options: { readonly maxOutputLength: number }) => Uint8Array;

interface Zlib {
  readonly gunzipSync: Unzip;
  readonly inflateSync: Unzip;
  readonly inflateRawSync: Unzip;
}

interface Host {
  readonly process?: { readonly getBuiltinModule?: (name: string) => unknown };
}

const utf8 = new TextDecoder();

/**
 * Decompresses with `node:zlib` where there is one, which takes microseconds for a frame, and otherwise with `DecompressionStream`. No module
 * is imported, so that bundlers for browsers find none.
 */
export function inflateWith(compression: Compression, zlib: Zlib | null = builtinZlib()): Inflate {
  if (!zlib) return (bytes, maxBytes) => streamed(bytes, compression, maxBytes);
  const unzip = { gzip: zlib.gunzipSync, deflate: zlib.inflateSync, 'deflate-raw': zlib.inflateRawSync }[
    compression
  ];
  return (bytes, maxOutputLength) => {
    try {
      return utf8.decode(unzip(bytes, { maxOutputLength }));
    } catch (error) {
      const isTooBig = (error as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE';
      return { fault: isTooBig ? 'too-big' : 'bad-compression' };
    }
  };
}

function builtinZlib(): Zlib | null {
  return ((globalThis as Host).process?.getBuiltinModule?.('zlib') as Zlib | undefined) ?? null;
}

async function streamed(
  bytes: Uint8Array,
  compression: Compression,
  maxBytes: number,
): Promise<string | { readonly fault: InflateFault }> {
  const { readable, writable } = new DecompressionStream(compression);
  const writer = writable.getWriter();
  // What is wrong with the bytes shows where they are read.
  for (const promise of [writer.closed, writer.write(bytes as Uint8Array<ArrayBuffer>), writer.close()]) {
    promise.catch(() => undefined);
  }
  const reader = readable.getReader();
  const text = new TextDecoder();
  let inflated = '';
  let length = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return inflated + text.decode();
      length += value.length;
      if (length > maxBytes) {
        reader.cancel().catch(() => undefined);
        return { fault: 'too-big' };
      }
      inflated += text.decode(value, { stream: true });
    }
  } catch {
    return { fault: 'bad-compression' };
  }
}
