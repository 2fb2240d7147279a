import { open } from 'node:fs/promises';

/** How a system says that it cannot force a folder to the device: Windows opens none, FAT and network drives know no way. */
const CANNOT = new Set(['EINVAL', 'EISDIR', 'EPERM', 'EACCES', 'ENOTSUP', 'EBADF']);

/** Forces the names in a folder to the device, where that can be done: a new file's bytes are no use without its name. */
export async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && CANNOT.has(String(error.code)))) throw error;
  }
}
