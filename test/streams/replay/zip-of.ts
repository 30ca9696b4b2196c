import { Buffer } from 'node:buffer';
import { crc32, deflateRawSync } from 'node:zlib';

/** What is wrong with an archive, or unusual. */
export interface ZipTwist {
  readonly isStored?: boolean;
  readonly method?: number;
  readonly flags?: number;
  readonly crc?: number;
  readonly comment?: string;
  /** Sizes and places in extra fields of 64 bits. */
  readonly isLarge?: boolean;
}

/** A zip archive of some files. */
export function zipOf(files: Readonly<Record<string, string>>, twist: ZipTwist = {}): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const [name, text] of Object.entries(files)) {
    const content = Buffer.from(text);
    const packed = twist.isStored ? content : deflateRawSync(content);
    const path = Buffer.from(name);
    const extra = twist.isLarge ? Buffer.alloc(28) : Buffer.alloc(0);
    if (twist.isLarge) {
      extra.writeUInt16LE(1, 0);
      extra.writeUInt16LE(24, 2);
      [content.length, packed.length, at].forEach((each, index) =>
        extra.writeBigUInt64LE(BigInt(each), 4 + 8 * index),
      );
    }
    const sized = (value: number): number => (twist.isLarge ? 0xffffffff : value);
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(twist.flags ?? 0, 2);
    fields.writeUInt16LE(twist.method ?? (twist.isStored ? 0 : 8), 4);
    fields.writeUInt32LE(twist.crc ?? crc32(content), 10);
    fields.writeUInt32LE(sized(packed.length), 14);
    fields.writeUInt32LE(sized(content.length), 18);
    fields.writeUInt16LE(path.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), fields, path, packed]);
    fields.writeUInt16LE(extra.length, 24);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(sized(at), 10);
    directory.push(Buffer.from('PK\x01\x02\x14\x00', 'latin1'), fields, rest, path, extra);
    parts.push(local);
    at += local.length;
  }
  const central = Buffer.concat(directory);
  const count = Object.keys(files).length;
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(twist.isLarge ? 0xffff : count, 10);
  end.writeUInt32LE(twist.isLarge ? 0xffffffff : central.length, 12);
  end.writeUInt32LE(twist.isLarge ? 0xffffffff : at, 16);
  end.writeUInt16LE(twist.comment?.length ?? 0, 20);
  const end64 = Buffer.alloc(twist.isLarge ? 76 : 0);
  if (twist.isLarge) {
    end64.write('PK\x06\x06', 'latin1');
    end64.writeBigUInt64LE(BigInt(count), 32);
    end64.writeBigUInt64LE(BigInt(central.length), 40);
    end64.writeBigUInt64LE(BigInt(at), 48);
    end64.write('PK\x06\x07', 56, 'latin1');
    end64.writeBigUInt64LE(BigInt(at + central.length), 64);
  }
  return Buffer.concat([...parts, central, end64, end, Buffer.from(twist.comment ?? '')]);
}
