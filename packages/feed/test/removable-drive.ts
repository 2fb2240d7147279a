import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import type { LocationKind } from '../src/index.ts';

/** Whether this machine lets us mount; without it a drive is a folder that is moved away and back. */
export const CAN_MOUNT: boolean = tryToMount();

/** A drive that can be pulled out and put back, for real where that is allowed. It starts pulled out. */
export class RemovableDrive {
  readonly kind: LocationKind = CAN_MOUNT ? 'mount' : 'folder';
  /** Where it is plugged in. */
  readonly folder: string;
  readonly #root: string;
  /** Where it keeps what is on it: a mount of its own, so that pulling out the other loses nothing. */
  readonly #platter: string;

  constructor(size = '16m') {
    this.#root = mkdtempSync(join(tmpdir(), 'kb-drive-'));
    this.folder = join(this.#root, 'mnt');
    this.#platter = join(this.#root, 'platter');
    mkdirSync(this.#platter);
    if (CAN_MOUNT) {
      mkdirSync(this.folder);
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'kb-drive', this.#platter]);
    }
  }

  plugIn(): void {
    if (CAN_MOUNT) execFileSync('mount', ['--bind', this.#platter, this.folder]);
    else renameSync(this.#platter, this.folder);
  }

  /** At once, whoever may be using it. */
  pullOut(): void {
    if (CAN_MOUNT) execFileSync('umount', ['-l', this.folder]);
    else renameSync(this.folder, this.#platter);
  }

  /** What lies in the place of the drive while it is pulled out: nothing may. */
  get leftBehind(): readonly string[] {
    return existsSync(this.folder) ? readdirSync(this.folder) : [];
  }

  /** Copies on the drive by name, plugged in or not; not what the location keeps for itself. */
  get files(): ReadonlyMap<string, Buffer> {
    const place = existsSync(this.#platter) ? this.#platter : this.folder;
    const files = readdirSync(place, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
      .map((entry) => join(entry.parentPath, entry.name));
    return new Map(files.toSorted().map((path) => [relative(place, path), readFileSync(path)]));
  }

  destroy(): void {
    if (CAN_MOUNT) for (const each of [this.folder, this.#platter]) unmountAll(each);
    rmSync(this.#root, { recursive: true, force: true });
  }
}

function tryToMount(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  const folder = mkdtempSync(join(tmpdir(), 'kb-mount-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'kb-drive', folder], { stdio: 'ignore' });
    execFileSync('umount', [folder], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function unmountAll(folder: string): void {
  try {
    for (;;) execFileSync('umount', ['-l', folder], { stdio: 'ignore' });
  } catch {
    // nothing is mounted there any more
  }
}
