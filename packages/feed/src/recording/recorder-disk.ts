import { createWriteStream, mkdirSync } from 'node:fs';
import { mkdir, open, statfs, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Writable } from 'node:stream';
import { syncFolder } from './sync-folder.ts';

/** What a recorder asks of the file system. Another one may be given, to write elsewhere or to fail on purpose. */
export interface RecorderDisk {
  /** Makes a file, never over one that exists. Errors of opening may be thrown or emitted. */
  create(path: string): Writable;
  /** Forces what the file holds to the device. */
  sync(path: string): Promise<void>;
  /** Forces the names of a folder's files to the device. */
  syncFolder(folder: string): Promise<void>;
  remove(path: string): Promise<void>;
  /** Bytes that may still be written to a folder's file system by who runs this. The folder is made. */
  freeBytes(folder: string): Promise<number>;
}

export const fileSystemDisk: RecorderDisk = {
  create(path) {
    mkdirSync(dirname(path), { recursive: true });
    return createWriteStream(path, { flags: 'wx' });
  },
  async sync(path) {
    const file = await open(path, 'r+');
    try {
      await file.sync();
    } finally {
      await file.close();
    }
  },
  syncFolder,
  remove: unlink,
  async freeBytes(folder) {
    await mkdir(folder, { recursive: true });
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  },
};
