import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { join, relative } from 'node:path';
import { temporaryFolder } from './kb.ts';

/** A folder in the place of a drive that can be pulled out and put back. It starts pulled out. */
export class PulledDrive {
  /** Where it is plugged in. */
  readonly folder: string;
  /** Where it is while it is pulled out. */
  readonly #elsewhere: string;

  constructor() {
    const root = temporaryFolder();
    this.folder = join(root, 'drive');
    this.#elsewhere = join(root, 'elsewhere');
    mkdirSync(this.#elsewhere);
  }

  plugIn(): void {
    renameSync(this.#elsewhere, this.folder);
  }

  /** At once, whoever may be using it. */
  pullOut(): void {
    renameSync(this.folder, this.#elsewhere);
  }

  /** Whether anything lies in its place while it is pulled out: nothing may. */
  get isLeftAlone(): boolean {
    return !existsSync(this.folder);
  }

  /** Copies on the drive by name, plugged in or not; not what the location keeps for itself. */
  get files(): ReadonlyMap<string, Buffer> {
    const place = this.isLeftAlone ? this.#elsewhere : this.folder;
    const files = readdirSync(place, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
      .map((entry) => join(entry.parentPath, entry.name));
    return new Map(files.toSorted().map((path) => [relative(place, path), readFileSync(path)]));
  }
}
