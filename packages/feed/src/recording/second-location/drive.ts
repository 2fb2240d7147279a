import type { Stats } from 'node:fs';
import { constants } from 'node:fs';
import { mkdir, open, readFile, rename, rm, rmdir, stat, truncate, unlink, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { syncFolder } from '../sync-folder.ts';

/**
 * Lies in a folder that is a second location. A mount point whose drive is unplugged is an empty folder of the disk
 * below: without the marker in it nothing is written there.
 */
export const MARKER = '.kb-location';

/** `mount`: where a drive is mounted · `folder`: the user says that a plain folder is meant. */
export type LocationKind = 'mount' | 'folder';

export type Presence =
  /** `device` tells file systems apart, so that a write that ended up elsewhere is noticed. */
  { readonly isPresent: true; readonly device: number } | { readonly isPresent: false; readonly reason: string };

/** What a second location asks of the drive, each a short piece of work. Paths are absolute. */
export interface Drive {
  /**
   * Looks whether the drive is there. Where no marker is, one is made: in a mount point whenever something is mounted
   * there, in a plain folder when `mayMark`.
   */
  look(folder: string, kind: LocationKind, mayMark: boolean): Promise<Presence>;
  /** @returns `undefined` when there is no such file. */
  size(path: string): Promise<number | undefined>;
  /** Fills the buffer from a position of the file. @returns Bytes read, fewer only at its end. */
  read(path: string, into: Uint8Array, position: number): Promise<number>;
  /**
   * Puts bytes at the very end of a file of the folder, which is at `position`, and forces them to the device. At zero it
   * makes the file, and the folders in its name, and forces these names to the device too.
   */
  append(folder: string, name: string, bytes: Uint8Array, position: number, device: number): Promise<void>;
  truncate(path: string, size: number): Promise<void>;
  remove(path: string): Promise<void>;
  /** @returns `undefined` when there is no such file. */
  readText(path: string): Promise<string | undefined>;
  /** Replaces a file as a whole: a reader, or a crash, sees the old text or the new one. */
  replaceText(path: string, text: string, device: number): Promise<void>;
}

/** The drive is not what it was a moment ago: another one, or another file of that name. */
export class DriveChanged extends Error {
  override readonly name = 'DriveChanged';
}

export const fileSystemDrive: Drive = {
  async look(folder, kind, mayMark) {
    const found = await ifThere(stat(folder));
    if (found?.isDirectory() !== true) return { isPresent: false, reason: `${folder}: there is no such folder` };
    const marker = await ifThere(stat(join(folder, MARKER)));
    if (marker !== undefined) return { isPresent: true, device: marker.dev };
    if (kind === 'mount' && !(await isMountPoint(folder, found))) {
      return {
        isPresent: false,
        reason: `${folder}: nothing is mounted there, and it holds no ${MARKER}; if a plain folder is meant, say so`,
      };
    }
    if (kind === 'folder' && !mayMark) return { isPresent: false, reason: `${folder}: its ${MARKER} is gone` };
    await makeMarker(folder, found.dev);
    return { isPresent: true, device: found.dev };
  },

  async size(path) {
    return (await ifThere(stat(path)))?.size;
  },

  async read(path, into, position) {
    const file = await open(path, 'r');
    try {
      let length = 0;
      while (length < into.length) {
        const { bytesRead } = await file.read(into, length, into.length - length, position + length);
        if (bytesRead === 0) break;
        length += bytesRead;
      }
      return length;
    } finally {
      await file.close();
    }
  },

  async append(folder, name, bytes, position, device) {
    const path = join(folder, name);
    const made = position === 0 ? await makeFolders(folder, name) : [];
    // Opened anew each time: a file kept open would keep a drive busy, and go on into one that is already unmounted.
    const file = await open(path, position === 0 ? constants.O_RDWR | constants.O_CREAT : constants.O_RDWR);
    let isElsewhere = false;
    try {
      const { dev, size } = await file.stat();
      isElsewhere = dev !== device;
      if (isElsewhere) throw new DriveChanged(`${path}: lies on another device than the marker did`);
      if (size !== position) throw new DriveChanged(`${path}: has ${size} bytes, expected ${position}`);
      for (let written = 0; written < bytes.length;) {
        written += (await file.write(bytes, written, bytes.length - written, position + written)).bytesWritten;
      }
      await file.datasync();
      for (const each of position === 0 ? new Set([dirname(path), ...made.map((one) => dirname(one))]) : []) {
        await syncFolder(each);
      }
    } finally {
      await file.close();
      if (isElsewhere && position === 0) await undoMaking(path, made);
    }
  },

  truncate,
  remove: unlink,

  readText(path) {
    return ifThere(readFile(path, 'utf8'));
  },

  async replaceText(path, text, device) {
    const next = `${path}.next`;
    try {
      const file = await open(next, 'w');
      try {
        if ((await file.stat()).dev !== device) throw new DriveChanged(`${path}: would lie on another device`);
        await file.writeFile(text);
        await file.datasync();
      } finally {
        await file.close();
      }
      await rename(next, path);
      await syncFolder(dirname(path));
    } catch (error) {
      await rm(next, { force: true }); // a full drive needs the room, and what is not the drive is not to be written to
      throw error;
    }
  },
};

/** Makes the folders of a name one by one, never the one they lie in: that it is missing means that the drive is. */
async function makeFolders(folder: string, name: string): Promise<readonly string[]> {
  const made: string[] = [];
  let path = folder;
  for (const part of name.split('/').slice(0, -1)) {
    path = join(path, part);
    try {
      await mkdir(path);
      made.push(path);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
  }
  return made;
}

/** The drive went between the look and the making: what was made in the folder below it goes again. */
async function undoMaking(path: string, folders: readonly string[]): Promise<void> {
  await rm(path, { force: true });
  for (const folder of folders.toReversed()) await rmdir(folder);
}

async function isMountPoint(folder: string, found: Stats): Promise<boolean> {
  const parent = await stat(dirname(resolve(folder)));
  return parent.dev !== found.dev;
}

async function makeMarker(folder: string, device: number): Promise<void> {
  const path = join(folder, MARKER);
  await writeFile(path, 'A second location of kb: recordings and journals are copied here.\n', { flag: 'wx' });
  if ((await stat(path)).dev === device) return;
  await unlink(path);
  throw new DriveChanged(`${folder}: was unmounted while it was marked`);
}

async function ifThere<Value>(answer: Promise<Value>): Promise<Value | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
