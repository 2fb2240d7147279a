import fs from 'node:fs';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { constants, createZstdCompress, zstdDecompressSync } from 'node:zlib';
import { syncDirectory } from './atomic-file.ts';

/** Compresses a sealed segment beside itself and then removes it; a crash at any moment leaves at least one of the two whole. */
export async function compressSegment(plain: string, compressed: string): Promise<void> {
  const temporary = `${compressed}.tmp`;
  await pipeline(
    fs.createReadStream(plain),
    createZstdCompress({ params: { [constants.ZSTD_c_checksumFlag]: 1 } }),
    fs.createWriteStream(temporary, { flush: true }),
  );
  fs.renameSync(temporary, compressed);
  syncDirectory(dirname(compressed));
  fs.unlinkSync(plain);
}

/** The bytes of a compressed segment. @throws Error when they are damaged or unreasonably many. */
export function decompressSegment(bytes: Buffer): Buffer {
  return zstdDecompressSync(bytes, { maxOutputLength: MAX_SEGMENT_BYTES });
}

const MAX_SEGMENT_BYTES = 2 ** 31;
