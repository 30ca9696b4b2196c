import { Buffer } from 'node:buffer';
import type { FileHandle } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { crc32, createInflateRaw } from 'node:zlib';

/** A file in a zip archive. */
export interface ZipEntry {
  readonly name: string;
  readonly method: number;
  readonly isEncrypted: boolean;
  readonly crc: number;
  readonly compressed: number;
  readonly size: number;
  /** Where its local header begins. */
  readonly at: number;
}

const END = 0x06054b50;
const END_64 = 0x06064b50;
const LOCATOR_64 = 0x07064b50;
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;
const END_BYTES = 22;
const MAX_COMMENT = 0xffff;
const IN_EXTRA_16 = 0xffff;
const IN_EXTRA_32 = 0xffffffff;
/** The directory of an archive is held in memory: more is refused. */
const MAX_DIRECTORY_BYTES = 16 * 1024 * 1024;

/** The first bytes of a zip archive, also of one without files. */
export function isZip(start: Uint8Array): boolean {
  return start[0] === 0x50 && start[1] === 0x4b && (start[2] === 3 || start[2] === 5);
}

/** The files in a zip archive, by name; folders and what macOS adds are left out. @throws Error if it is damaged or too large. */
export async function zipEntries(handle: FileHandle, size: number): Promise<readonly ZipEntry[]> {
  const directory = await directoryOf(handle, size);
  const bytes = await readAt(handle, directory.at, directory.bytes);
  const entries: ZipEntry[] = [];
  let at = 0;
  while (at + 46 <= bytes.length && bytes.readUInt32LE(at) === CENTRAL) {
    const nameEnd = at + 46 + bytes.readUInt16LE(at + 28);
    const extraEnd = nameEnd + bytes.readUInt16LE(at + 30);
    entries.push(entryOf(bytes, at, nameEnd, extraEnd));
    at = extraEnd + bytes.readUInt16LE(at + 32);
  }
  if (entries.length < directory.entries) throw new Error('the directory of the zip archive is damaged');
  return entries
    .filter(({ name }) => !name.endsWith('/') && !/(^|\/)(__MACOSX\/|\.)/.test(name))
    .sort((a, b) => (a.name < b.name ? -1 : Number(a.name > b.name)));
}

/** The content of an entry, in constant memory. @throws Error if it cannot be unpacked, is damaged or has not the size that the archive says. */
export async function* zipContent(
  handle: FileHandle,
  entry: ZipEntry,
  chunkBytes: number,
): AsyncGenerator<Buffer, void, undefined> {
  const { name, method, isEncrypted, compressed, size, crc } = entry;
  if (isEncrypted) throw new Error(`${JSON.stringify(name)} in the zip archive is encrypted`);
  if (method !== 0 && method !== 8) {
    throw new Error(
      `${JSON.stringify(name)} in the zip archive is packed by method ${method}; accepted are stored (0) and deflated (8)`,
    );
  }
  const local = await readAt(handle, entry.at, 30);
  if (local.readUInt32LE(0) !== LOCAL)
    throw new Error(`${JSON.stringify(name)} is not where the zip archive says`);
  const start = entry.at + 30 + local.readUInt16LE(26) + local.readUInt16LE(28);
  let [check, length] = [0, 0];
  const packed = bytesFrom(handle, start, compressed, chunkBytes);
  const content: AsyncIterable<Buffer> =
    method === 0 ? packed : pipeline(packed, createInflateRaw({ chunkSize: chunkBytes }), () => undefined);
  for await (const chunk of content) {
    check = crc32(chunk, check);
    length += chunk.length;
    if (length > size) break;
    yield chunk;
  }
  if (length !== size || check !== crc)
    throw new Error(`${JSON.stringify(name)} in the zip archive is damaged`);
}

interface Directory {
  readonly at: number;
  readonly bytes: number;
  readonly entries: number;
}

/** Where the directory is: a record at the end of the file says so, before a comment of any length. */
async function directoryOf(handle: FileHandle, size: number): Promise<Directory> {
  const tailAt = Math.max(0, size - END_BYTES - MAX_COMMENT);
  const tail = await readAt(handle, tailAt, size - tailAt);
  let at = tail.length - END_BYTES;
  while (at >= 0 && tail.readUInt32LE(at) !== END) at--;
  if (at < 0) throw new Error('the zip archive has no directory; it may be cut off');
  let directory: Directory = {
    entries: tail.readUInt16LE(at + 10),
    bytes: tail.readUInt32LE(at + 12),
    at: tail.readUInt32LE(at + 16),
  };
  const isLarge =
    directory.entries === IN_EXTRA_16 || directory.bytes === IN_EXTRA_32 || directory.at === IN_EXTRA_32;
  if (isLarge && tailAt + at >= 20) {
    const locator = await readAt(handle, tailAt + at - 20, 20);
    if (locator.readUInt32LE(0) === LOCATOR_64) {
      const end = await readAt(handle, Number(locator.readBigUInt64LE(8)), 56);
      if (end.readUInt32LE(0) !== END_64) throw new Error('the directory of the zip archive is damaged');
      directory = { entries: big(end, 32), bytes: big(end, 40), at: big(end, 48) };
    }
  }
  if (directory.bytes > MAX_DIRECTORY_BYTES || directory.at + directory.bytes > size)
    throw new Error('the directory of the zip archive is damaged, or has more than 16 MiB');
  return directory;
}

function entryOf(bytes: Buffer, at: number, nameEnd: number, extraEnd: number): ZipEntry {
  if (extraEnd > bytes.length) throw new Error('the directory of the zip archive is damaged');
  let [compressed, size, local] = [at + 20, at + 24, at + 42].map((field) => bytes.readUInt32LE(field)) as [
    number,
    number,
    number,
  ];
  // What does not fit into 32 bits is in an extra field, in this order.
  for (let extra = nameEnd; extra + 4 <= extraEnd; extra += 4 + bytes.readUInt16LE(extra + 2)) {
    if (bytes.readUInt16LE(extra) !== 1) continue;
    let from = extra + 4;
    const next = (): number => big(bytes, (from += 8) - 8);
    if (size === IN_EXTRA_32) size = next();
    if (compressed === IN_EXTRA_32) compressed = next();
    if (local === IN_EXTRA_32) local = next();
  }
  return {
    name: bytes.toString('utf8', at + 46, nameEnd),
    method: bytes.readUInt16LE(at + 10),
    isEncrypted: (bytes.readUInt16LE(at + 8) & 1) === 1,
    crc: bytes.readUInt32LE(at + 16),
    compressed,
    size,
    at: local,
  };
}

// A read stream of the file would close it at its end.
async function* bytesFrom(
  handle: FileHandle,
  start: number,
  length: number,
  chunkBytes: number,
): AsyncGenerator<Buffer, void, undefined> {
  for (let done = 0; done < length;) {
    const chunk = await readAt(handle, start + done, Math.min(chunkBytes, length - done));
    done += chunk.length;
    yield chunk;
  }
}

const big = (bytes: Buffer, at: number): number => Number(bytes.readBigUInt64LE(at));

async function readAt(handle: FileHandle, at: number, length: number): Promise<Buffer> {
  const { bytesRead, buffer } = await handle.read(Buffer.alloc(length), 0, length, at);
  if (bytesRead < length) throw new Error('the zip archive is cut off');
  return buffer;
}
