import fs from 'node:fs';
import { dirname } from 'node:path';

/** Writes all the bytes, however few the system takes at a time. */
export function writeAll(file: number, bytes: Uint8Array): void {
  for (let offset = 0; offset < bytes.length;) {
    offset += fs.writeSync(file, bytes, offset, bytes.length - offset);
  }
}

/** Makes the names in a directory durable: a new or renamed file can otherwise vanish with the power. */
export function syncDirectory(directory: string): void {
  if (process.platform === 'win32') return; // directories cannot be opened there
  const handle = fs.openSync(directory, 'r');
  try {
    fs.fsyncSync(handle);
  } finally {
    fs.closeSync(handle);
  }
}

/** Replaces a file's content as a whole: a reader, or a crash at any moment, finds the old or the new, never a part. */
export function writeFileAtomic(path: string, content: string): void {
  const temporary = `${path}.${process.pid}.tmp`;
  const file = fs.openSync(temporary, 'w');
  try {
    writeAll(file, Buffer.from(content));
    fs.fsyncSync(file);
  } finally {
    fs.closeSync(file);
  }
  fs.renameSync(temporary, path);
  syncDirectory(dirname(path));
}
